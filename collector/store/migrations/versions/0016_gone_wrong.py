"""Traces with exceptions and returned errors by their own rows, and tools: three indexes of spans less"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
PASSES = {"trace": 2, "retention_mark": 1}

_OF_SPANS = {"tool_name": ("tool_name",), "exceptions": (), "returned_error": ()}
_OF_TRACES = {"exception": 1, "returned": 2}


def upgrade() -> None:
    for column in _OF_SPANS:
        op.drop_index(f"span_{column}_of_trace", table_name="span")
    for what, place in _OF_TRACES.items():
        may_have = sa.text(f"coalesce(substr(span_values, {place}, 1), '') <> '-'")
        columns = ["project_id", "start_ns"]
        op.create_index(
            f"trace_with_{what}", "trace", columns, unique=False, sqlite_where=may_have, postgresql_where=may_have
        )
    op.execute("DELETE FROM retention_mark WHERE step = 'span values'")  # rows are filled in anew


def downgrade() -> None:
    op.execute("UPDATE trace SET span_values = NULL WHERE length(span_values) = 2")  # letters alone
    for what in _OF_TRACES:
        op.drop_index(f"trace_with_{what}", table_name="trace")
    for column, more in _OF_SPANS.items():
        known = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"span_{column}_of_trace",
            "span",
            ["project_id", "trace_id", *more],
            unique=False,
            sqlite_where=known,
            postgresql_where=known,
        )
