"""Judging what was recorded: the requests and answers of a HAR file, by every requirement that they can decide."""
