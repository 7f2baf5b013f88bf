"""Projects, their API keys, one-time login tokens and the browsers that signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("name", name="uq_projects_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("scopes", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("hash", name="uq_api_keys_hash"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_api_keys_project_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_keys_project_id", "api_keys", ["project_id", "id"])
    op.create_table(
        "login_tokens",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("scopes", sa.String, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_login_tokens"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_login_tokens_project_id"),
    )
    op.create_table(
        "web_sessions",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("key_id", sa.Integer),
        sa.Column("scopes", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_web_sessions"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_web_sessions_project_id"),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name="fk_web_sessions_key_id"),
    )
