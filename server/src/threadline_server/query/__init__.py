"""What a reader may ask, and the answers in the contract's JSON. Reads the roll-ups; numbers are defined there and nowhere else."""
