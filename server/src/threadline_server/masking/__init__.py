"""Masking of what arrives: what a project's rules find is replaced before anything is stored (docs/privacy.md)."""
