"""Projects' own prices, and the repricings that they asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "prices",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("provider", sa.String(200), nullable=False),
        sa.Column("input", sa.String(20), nullable=False),
        sa.Column("output", sa.String(20), nullable=False),
        sa.Column("cached_read", sa.String(20)),
        sa.Column("cache_write", sa.String(20)),
        sa.Column("reasoning", sa.String(20)),
        sa.Column("valid_from", sa.BigInteger),
        sa.Column("valid_to", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prices"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_prices_project_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_prices_project_id", "prices", ["project_id", "id"])
    op.create_table(
        "repricings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("from_time", sa.BigInteger),
        sa.Column("to_time", sa.BigInteger),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("looked_at", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_repricings"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_repricings_project_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_repricings_project_id", "repricings", ["project_id", "id"])
