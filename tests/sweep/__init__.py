"""The proof that every requirement can go red, and that nothing else does: the suite against faults and variants."""
