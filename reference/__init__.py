"""A target of our own: a conforming server, and the faults and variants it can be given."""
