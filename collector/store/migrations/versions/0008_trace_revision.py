"""A revision of each trace, and fewer indexes a span: none was read by the time of receipt, tools had two by start"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
PASSES = {"span": 1}

IS_AGENT = sa.text("kind = 'agent'")
IS_STEP = sa.text("kind IN ('agent', 'tool')")


def upgrade() -> None:
    op.add_column("trace", sa.Column("revision", sa.BigInteger(), nullable=False, server_default="0"))
    op.drop_index("span_by_received", table_name="span")
    op.drop_index("span_by_step", table_name="span")
    op.create_index(
        "span_of_agent", "span", ["project_id", "start_ns"], sqlite_where=IS_AGENT, postgresql_where=IS_AGENT
    )


def downgrade() -> None:
    op.drop_index("span_of_agent", table_name="span")
    op.create_index(
        "span_by_step", "span", ["project_id", "kind", "start_ns"], sqlite_where=IS_STEP, postgresql_where=IS_STEP
    )
    op.create_index("span_by_received", "span", ["project_id", "received_ns"], unique=False)
    op.drop_column("trace", "revision")
