"""Stars and notes on traces"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
PASSES: dict[str, int] = {}


def upgrade() -> None:
    op.create_table(
        "trace_note",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("is_starred", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("changed_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "trace_id"),
    )


def downgrade() -> None:
    op.drop_table("trace_note")
