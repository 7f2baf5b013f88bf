"""Run by Alembic: applies the revisions on the connection (and in the transaction) that database.py opened."""

from alembic import context

from threadline_server.identity.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
