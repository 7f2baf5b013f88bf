"""Links by which somebody without an account reads one session."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "shares",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_by", sa.String(300), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("last_opened_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
        sa.UniqueConstraint("hash", name="uq_shares_hash"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_shares_project_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_shares_project_id", "shares", ["project_id", "session_id"])
