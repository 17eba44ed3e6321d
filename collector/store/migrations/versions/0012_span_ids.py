"""Two indexes of ids less, which were random for every span: the search index leads to them now"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
PASSES: dict[str, int] = {}


def upgrade() -> None:
    op.drop_index("span_by_response", "span")
    op.drop_index("span_by_span_id", "span")


def downgrade() -> None:
    has_response = sa.text("response_id IS NOT NULL")
    op.create_index("span_by_span_id", "span", ["project_id", "span_id"], unique=False)
    op.create_index(
        "span_by_response",
        "span",
        ["project_id", "response_id"],
        unique=False,
        sqlite_where=has_response,
        postgresql_where=has_response,
    )
