"""Asking a target: the client, the account under test, the pytest plugin and the tests."""
