"""What a server tells of itself: log lines, whether it is ready, metrics, traces of its own requests. None holds what was said."""
