"""Two-factor authentication: the account under test, its states, its codes and its tests."""
