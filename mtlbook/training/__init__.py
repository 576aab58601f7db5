"""How it learns: one network, or many at once."""
