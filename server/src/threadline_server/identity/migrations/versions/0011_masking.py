"""What a project masks."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "masking_rules",
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_masking_rules"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_masking_rules_project_id"),
    )
