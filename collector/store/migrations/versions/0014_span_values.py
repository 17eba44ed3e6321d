"""Kinds, agents, providers and tools of a trace's spans in its row; those of stored traces are read from their spans"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
PASSES: dict[str, int] = {}


def upgrade() -> None:
    op.add_column("trace", sa.Column("span_values", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("trace", "span_values")
