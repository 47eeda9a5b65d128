"""What to send: valid bodies, and requests that break exactly one requirement."""
