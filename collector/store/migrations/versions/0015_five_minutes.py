"""Sums over five minutes, which are counted without a lock"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
PASSES: dict[str, int] = {}


def upgrade() -> None:
    op.add_column("rolled_stretch", sa.Column("counting", sa.BigInteger(), nullable=True))
    op.alter_column("rolled_loop", "hour_ns", new_column_name="stretch_ns")


def downgrade() -> None:
    op.execute("DELETE FROM rolled_stretch")
    op.alter_column("rolled_loop", "stretch_ns", new_column_name="hour_ns")
    op.drop_column("rolled_stretch", "counting")
