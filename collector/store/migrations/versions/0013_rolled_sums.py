"""What runs, calls and errors add up to, by stretches of time"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
PASSES = {"span": 3}

_OF_TRACES = {"tool_name": ["tool_name"], "exceptions": [], "returned_error": []}


def upgrade() -> None:
    op.create_table(
        "rolled_sum",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("step_ns", sa.BigInteger(), nullable=False),
        sa.Column("start_ns", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("environment", "name", "detail")),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("calls", "failed", "recovered", "unfinished", "unpriced")
        ),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("input_tokens", "output_tokens", "cost_nusd")),
        *(sa.Column(name, sa.LargeBinary(), nullable=True) for name in ("durations", "minutes")),
        sa.PrimaryKeyConstraint("project_id", "topic", "step_ns", "start_ns", "slot"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rolled_stretch",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("step_ns", sa.BigInteger(), nullable=False),
        sa.Column("start_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "step_ns", "start_ns"),
    )
    op.create_table(
        "rolled_loop",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("hour_ns", sa.BigInteger(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("span_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("tool_name", "agent_name", "environment")),
        sa.Column("is_mixed", sa.Boolean(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("start_ns", "first_ns", "last_ns")),
        sa.PrimaryKeyConstraint("project_id", "hour_ns", "trace_id", "slot"),
    )
    op.create_index("rolled_loop_by_last", "rolled_loop", ["project_id", "last_ns"])
    for column, held in _OF_TRACES.items():
        known = sa.text(f"{column} IS NOT NULL")
        columns = ["project_id", "trace_id", *held]
        name = f"span_{column}_of_trace"
        op.create_index(name, "span", columns, unique=False, sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    for column in _OF_TRACES:
        op.drop_index(f"span_{column}_of_trace", table_name="span")
    for table in ("rolled_loop", "rolled_stretch", "rolled_sum"):
        op.drop_table(table)
