"""The store promises: spans whose ``insert`` returned are on disk; the same rows again change no number; every
number is recomputed from the winning versions of the spans, whatever order they came in."""
