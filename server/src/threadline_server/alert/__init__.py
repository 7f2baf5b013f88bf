"""Rules that watch sessions while they run: what they say, when they hold, and whom that is told."""
