"""The trace floor: what is observed of an exchange, and what it shows."""
