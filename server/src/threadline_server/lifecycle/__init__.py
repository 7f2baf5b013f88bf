"""What happens to sessions by a project's settings: how they are made, and when they are erased."""
