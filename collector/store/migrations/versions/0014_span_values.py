"""Kinds, agents, providers and tools of a trace's spans in its row; what is rolled up is rolled anew"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
PASSES = {"rolled_stretch": 1}


def upgrade() -> None:
    op.add_column("trace", sa.Column("span_values", sa.Text(), nullable=True))
    op.execute("DELETE FROM rolled_stretch")


def downgrade() -> None:
    op.execute("DELETE FROM rolled_stretch")
    op.drop_column("trace", "span_values")
