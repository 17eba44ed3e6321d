"""Payloads of many spans. Those that are there stay as they are: each holds the span of its own id"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
PASSES: dict[str, int] = {}


def upgrade() -> None:
    op.add_column("span", sa.Column("payload_id", sa.Text(), nullable=True))
    op.add_column("span", sa.Column("payload_start", sa.Integer(), nullable=True))
    op.add_column("span", sa.Column("payload_length", sa.Integer(), nullable=True))
    op.execute("ALTER TABLE span_payload RENAME COLUMN span_id TO payload_id")
    op.execute("ALTER TABLE span_payload RENAME COLUMN span TO spans")
    op.add_column("span_payload", sa.Column("base_id", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("payloads of many spans mean nothing to an earlier version: restore the copy")
