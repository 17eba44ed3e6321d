"""Prices that spans were counted by, once for all of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
PASSES: dict[str, int] = {}


def upgrade() -> None:
    op.create_table(
        "span_price",
        sa.Column("price_id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("price_id"),
    )


def downgrade() -> None:
    """The rows have the texts themselves again."""
    found = "SELECT content FROM span_price WHERE span_price.price_id = span.price"
    op.execute(f"UPDATE span SET price = ({found}) WHERE price IN (SELECT price_id FROM span_price)")  # noqa: S608
    op.drop_table("span_price")
