"""Views that people saved."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("page", sa.String(20), nullable=False),
        sa.Column("filter", sa.Text, nullable=False),
        sa.Column("q", sa.Text, nullable=False),
        sa.Column("sort", sa.String(50), nullable=False),
        sa.Column("sort_order", sa.String(4), nullable=False),
        sa.Column("columns", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_views"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_views_project_id"),
        sa.UniqueConstraint("project_id", "name", name="uq_views_project_id"),
        sqlite_autoincrement=True,
    )
