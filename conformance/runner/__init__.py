"""Running the suite: the command line, the pytest plugin, and the beginning and end of a run."""
