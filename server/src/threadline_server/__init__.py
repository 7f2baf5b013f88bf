"""Threadline's server: takes telemetry in, keeps it, rolls it up into sessions and answers questions about them."""

__version__ = "0.1.0"
