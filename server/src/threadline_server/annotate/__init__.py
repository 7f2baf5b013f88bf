"""What people and programs say of sessions: beside telemetry, never overwritten by it, and filtered with like all else."""
