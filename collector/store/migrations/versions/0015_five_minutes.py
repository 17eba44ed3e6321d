"""Sums over five minutes, which are counted without a lock; traces by version, and users with what is told of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
PASSES = {"trace": 2}

_OF_A_USER = ("session_id", "outcome", "input_tokens", "output_tokens", "cost_nusd", "unpriced_spans")


def upgrade() -> None:
    op.add_column("rolled_stretch", sa.Column("counting", sa.BigInteger(), nullable=True))
    op.alter_column("rolled_loop", "hour_ns", new_column_name="stretch_ns")
    op.drop_index("trace_by_user", table_name="trace")
    _create("trace_by_user", "user_id", *_OF_A_USER)
    _create("trace_by_version", "version")


def _create(name: str, column: str, *held: str) -> None:
    known = sa.text(f"{column} IS NOT NULL")
    columns = ["project_id", column, "start_ns", *held]
    op.create_index(name, "trace", columns, unique=False, sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    op.drop_index("trace_by_version", table_name="trace")
    op.drop_index("trace_by_user", table_name="trace")
    _create("trace_by_user", "user_id")
    op.execute("DELETE FROM rolled_stretch")
    op.alter_column("rolled_loop", "stretch_ns", new_column_name="hour_ns")
    op.drop_column("rolled_stretch", "counting")
