"""Runs of the suite against every fault and every variant."""
