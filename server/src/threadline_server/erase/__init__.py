"""Erasing for good: what is shown no longer at once, and is off the disk soon after (docs/adr/0010)."""
