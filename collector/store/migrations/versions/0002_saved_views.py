"""Saved views, and the indexes that lists, sorts and the search need"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
PASSES = {"span": 4, "trace": 3}

_SORTS = {
    "trace_by_duration": "coalesce(duration_ns, -1)",
    "trace_by_cost": "coalesce(cost_nusd, -1)",
    "trace_by_tokens": "(coalesce(input_tokens, 0) + coalesce(output_tokens, 0))",
}


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("view_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "view_id"),
    )
    for name, expression in _SORTS.items():
        op.create_index(name, "trace", ["project_id", sa.text(expression), "trace_id"], unique=False)
    for kind in ("llm", "tool"):
        condition = sa.text(f"kind = '{kind}'")
        op.create_index(
            f"span_{kind}_calls",
            "span",
            ["project_id", "start_ns", "trace_id", "span_id"],
            unique=False,
            sqlite_where=condition,
            postgresql_where=condition,
        )
    op.create_index("span_by_span_id", "span", ["project_id", "span_id"], unique=False)
    answered = sa.text("response_id IS NOT NULL")
    op.create_index(
        "span_by_response",
        "span",
        ["project_id", "response_id"],
        unique=False,
        sqlite_where=answered,
        postgresql_where=answered,
    )


def downgrade() -> None:
    for name in ("span_by_response", "span_by_span_id", "span_tool_calls", "span_llm_calls"):
        op.drop_index(name, table_name="span")
    for name in _SORTS:
        op.drop_index(name, table_name="trace")
    op.drop_table("saved_view")
