"""What a project sets: idle time, retention, automatic sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "project_settings",
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("idle_minutes", sa.Integer, nullable=False),
        sa.Column("retention_days", sa.Integer),
        sa.Column("auto_sessions", sa.Boolean, nullable=False),
        sa.Column("auto_applied_minutes", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_project_settings"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_project_settings_project_id"),
    )
