"""What retention has come to, and ledger lines that outlive their trace"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
PASSES: dict[str, int] = {}


def upgrade() -> None:
    op.add_column("usage", sa.Column("sealed_tags", sa.Text(), nullable=True))
    op.create_table(
        "retention_mark",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("received_ns", sa.BigInteger(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "step"),
    )


def downgrade() -> None:
    op.drop_table("retention_mark")
    op.drop_column("usage", "sealed_tags")
