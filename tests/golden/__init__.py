"""Stored outcomes of the suite on the reference server, some faults and some variants, to compare later ones with."""
