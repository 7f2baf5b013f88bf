"""Who may do what: projects, their API keys, and the browsers that signed in; and what a project says that models cost.

Kept in ``identity.db`` in the data directory or, where several servers share it, in PostgreSQL, by SQLAlchemy Core and Alembic, which nothing outside this package imports.
Secrets are never kept: only their SHA-256. Start at ``open_identity``; everything else is a method of ``Identity``.
"""

from threadline_server.identity.opening import open_existing_identity, open_identity
from threadline_server.identity.principal import SCOPES, ApiKey, IssuedKey, NewProject, Principal, Project
from threadline_server.identity.registry import Identity
from threadline_server.identity.repricings import Repricing

__all__ = [
    "SCOPES",
    "ApiKey",
    "Identity",
    "IssuedKey",
    "NewProject",
    "Principal",
    "Project",
    "Repricing",
    "open_existing_identity",
    "open_identity",
]
