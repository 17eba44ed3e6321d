"""What providers billed, and the ledger by the hour"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
PASSES = {"usage": 2}

_NAMES = (
    *("provider", "model", "agent_name", "cost_source", "workflow", "service", "environment", "version"),
    *("dimensions", "tags"),
)
_COUNTS = ("runs", "calls", "errors", "unpriced_calls")
_SUMS = (
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
    *("cost_nusd", "input_cost_nusd", "cache_read_cost_nusd", "cache_write_cost_nusd", "output_cost_nusd"),
)
_INDEXES = {"usage_by_user": "user_id", "usage_by_session": "session_id"}


def upgrade() -> None:
    op.create_table(
        "usage_hour",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("quarter_ns", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in _NAMES),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _SUMS),
        sa.PrimaryKeyConstraint("project_id", "quarter_ns", "slot"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage_rolled",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("quarter_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "quarter_ns"),
    )
    op.create_table(
        "invoice",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("amount_nusd", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "provider", "month"),
    )
    for name, column in _INDEXES.items():
        known = sa.text(f"{column} IS NOT NULL")
        columns = ["project_id", column, "quarter_ns"]
        op.create_index(name, "usage", columns, unique=False, sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, table_name="usage")
    op.drop_table("invoice")
    op.drop_table("usage_rolled")
    op.drop_table("usage_hour")
