"""A server that conforms to the documentation of the Account API, written without the suite's schemas."""
