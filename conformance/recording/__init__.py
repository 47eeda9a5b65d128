"""Recorded traffic: read HAR files, and judge what they hold. Nothing is sent."""
