"""The documents are true: their commands run, their links lead somewhere, and they name what there is."""
