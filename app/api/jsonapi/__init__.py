"""How JSON:API speaks of any noun: bodies, queries, lists, documents, links and errors. Nouns stand on it."""
