"""Tests of the reference server, its faults and its variants."""
