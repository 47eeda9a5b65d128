"""Placeholder until the reports are written."""
