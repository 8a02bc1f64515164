"""Who may do what: one table (`policy`), its one-line questions (`predicates`), what is said to whom it does not allow
something (`refusals`), and the same as SQL (`visible`)."""
