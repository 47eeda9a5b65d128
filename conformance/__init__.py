"""Asking a target: the options, the client, the account under test, and the tests."""
