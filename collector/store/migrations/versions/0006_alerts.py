"""Alert rules, their events, deliveries, and who watches"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
PASSES: dict[str, int] = {}


def upgrade() -> None:
    op.create_table(
        "alert_rule",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("is_muted", sa.Boolean(), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.Column("looked_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "rule_id"),
    )
    op.create_table(
        "alert_channel",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "channel_id"),
    )
    op.create_table(
        "alert_event",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("opening", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("opened_ns", sa.BigInteger(), nullable=False),
        sa.Column("last_ns", sa.BigInteger(), nullable=False),
        sa.Column("told_ns", sa.BigInteger(), nullable=True),
        sa.Column("resolved_ns", sa.BigInteger(), nullable=True),
        sa.Column("snoozed_until_ns", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "event_id"),
    )
    op.create_index("alert_event_by_last", "alert_event", ["project_id", "last_ns"])
    op.create_index("alert_event_by_rule", "alert_event", ["project_id", "rule_id", "last_ns"])
    op.create_index(
        "alert_event_open",
        "alert_event",
        ["project_id", "last_ns"],
        sqlite_where=sa.text("resolved_ns IS NULL"),
        postgresql_where=sa.text("resolved_ns IS NULL"),
    )
    op.create_table(
        "alert_match",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "rule_id", "trace_id"),
    )
    op.create_index("alert_match_by_event", "alert_match", ["project_id", "event_id", "time_ns"])
    op.create_index("alert_match_by_time", "alert_match", ["project_id", "time_ns"])
    op.create_table(
        "alert_delivery",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_ns", sa.BigInteger(), nullable=True),
        sa.Column("sent_ns", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "delivery_id"),
    )
    op.create_index("alert_delivery_by_created", "alert_delivery", ["project_id", "created_ns"])
    op.create_index("alert_delivery_by_event", "alert_delivery", ["project_id", "event_id", "created_ns"])
    op.create_index(
        "alert_delivery_due",
        "alert_delivery",
        ["project_id", "next_ns"],
        sqlite_where=sa.text("next_ns IS NOT NULL"),
        postgresql_where=sa.text("next_ns IS NOT NULL"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    for table in ("lease", "alert_delivery", "alert_match", "alert_event", "alert_channel", "alert_rule"):
        op.drop_table(table)
