"""Error groups, and indexes for errors, agents, tools, sessions and users"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
PASSES = {"span": 4, "trace": 4}

PARTIAL = (
    ("span_by_error", "span", ("exception_fingerprint", "start_ns", "trace_id"), "exception_fingerprint IS NOT NULL"),
    ("span_by_step", "span", ("kind", "start_ns"), "kind IN ('agent', 'tool')"),
    ("span_by_tool", "span", ("tool_name", "start_ns"), "kind = 'tool'"),
    ("trace_by_session", "trace", ("session_id", "start_ns"), "session_id IS NOT NULL"),
    ("trace_by_user", "trace", ("user_id", "start_ns"), "user_id IS NOT NULL"),
)


def upgrade() -> None:
    op.create_table(
        "error_group",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("first_seen_ns", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_ns", sa.BigInteger(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("span_id", sa.Text(), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_ns", sa.BigInteger(), nullable=False),
        sa.Column("resolved_ns", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "fingerprint"),
    )
    op.create_index("error_group_by_last_seen", "error_group", ["project_id", "last_seen_ns"])
    op.create_index("error_group_by_created", "error_group", ["project_id", "created_ns"])
    op.add_column("span", sa.Column("arguments_hash", sa.Text(), nullable=True))
    _shorten("span", "tool_name")
    _shorten("trace", "session_id")
    _shorten("trace", "user_id")
    for name, table, columns, where in PARTIAL:
        condition = sa.text(where)
        op.create_index(name, table, ["project_id", *columns], sqlite_where=condition, postgresql_where=condition)


def _shorten(table: str, column: str) -> None:
    """To what an index takes: PostgreSQL refuses an entry of more than 2,704 bytes."""
    op.execute(f"UPDATE {table} SET {column} = substr({column}, 1, 256) WHERE length({column}) > 256")  # noqa: S608


def downgrade() -> None:
    for name, table, _, _ in reversed(PARTIAL):
        op.drop_index(name, table_name=table)
    op.drop_column("span", "arguments_hash")
    op.drop_index("error_group_by_created", table_name="error_group")
    op.drop_index("error_group_by_last_seen", table_name="error_group")
    op.drop_table("error_group")
