"""Tests of the reports, in process."""
