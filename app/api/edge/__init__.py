"""What requests and answers pass, whatever is asked: who asks, how often, in which transaction, what is noted of it,
and how an answer is sent. JSON:API and the nouns stand on it."""
