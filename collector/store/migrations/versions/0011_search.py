"""The search index: which traces wait for it, and the index itself, which each database has in its own way"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
PASSES = {"trace": 1}

ON_SQLITE = (
    # AUTOINCREMENT: a number that was taken once is never another document's
    "CREATE TABLE search_part (number INTEGER PRIMARY KEY AUTOINCREMENT, project_id TEXT NOT NULL,"
    " trace_id TEXT NOT NULL, spans BLOB NOT NULL)",
    "CREATE INDEX search_part_of_trace ON search_part (project_id, trace_id)",
)
TEXT_INDEX = "CREATE VIRTUAL TABLE search_text USING fts5(words, content='',{deletes} detail=none, tokenize='ascii')"
SELDOM_MERGED = "INSERT INTO search_text (search_text, rank) VALUES ('automerge', 8)"
"""Of what twice as many pieces cost a query nothing is seen, and filling takes a twentieth less."""
CAN_DELETE = (3, 43)
"""SQLite that deletes from an index which keeps no text."""
ON_POSTGRES = (
    "CREATE TABLE search_document (project_id text, trace_id text, span_id text, stamp bytea NOT NULL,"
    " words tsvector NOT NULL, PRIMARY KEY (project_id, trace_id, span_id))",
    "CREATE INDEX search_document_words ON search_document USING gin (words)",
)


def upgrade() -> None:
    op.create_table(
        "search_mark",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("marked_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "trace_id"),
    )
    op.create_index("search_mark_by_time", "search_mark", ["marked_ns"])
    dialect = op.get_bind().dialect
    can_delete = (dialect.server_version_info or ()) >= CAN_DELETE
    deletes = " contentless_delete=1," if can_delete else ""
    index = (*ON_SQLITE, TEXT_INDEX.format(deletes=deletes), SELDOM_MERGED)
    for statement in index if dialect.name == "sqlite" else ON_POSTGRES:
        op.execute(statement)
    op.execute("INSERT INTO search_mark SELECT project_id, trace_id, received_ns FROM trace")


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in ("search_text", "search_part") if is_sqlite else ("search_document",):
        op.drop_table(table)
    op.drop_table("search_mark")
