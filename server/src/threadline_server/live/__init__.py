"""Sessions as they change, told to whoever listens."""
