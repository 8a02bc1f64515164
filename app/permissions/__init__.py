"""Who may do what: one table (`policy`), its one-line questions (`predicates`), and the same as SQL (`visible`)."""
