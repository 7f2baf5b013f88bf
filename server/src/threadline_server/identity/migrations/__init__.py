"""Alembic revisions of the identity database."""
