"""Who may do what: projects, their API keys, and the browsers that signed in.

Kept in ``identity.db`` in the data directory, by SQLAlchemy Core and Alembic, which nothing outside this package imports.
Secrets are never kept: only their SHA-256. Start at ``open_identity``; everything else is a method of ``Identity``.
"""

from threadline_server.identity.opening import open_existing_identity, open_identity
from threadline_server.identity.principal import SCOPES, ApiKey, IssuedKey, NewProject, Principal, Project
from threadline_server.identity.registry import Identity

__all__ = [
    "SCOPES",
    "ApiKey",
    "Identity",
    "IssuedKey",
    "NewProject",
    "Principal",
    "Project",
    "open_existing_identity",
    "open_identity",
]
