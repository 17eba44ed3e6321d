"""The tables. Ids are lower-case hex, times integer nanoseconds, money integer nano-dollars, unknown is NULL.

No foreign key to the parent span: parents arrive late or never. Every unique key of a span table contains
`trace_id`, and nothing needs a sequence, so that the tables can be distributed by it.
"""

from __future__ import annotations

from collector.store.models.alerts import AlertChannel, AlertDelivery, AlertEvent, AlertMatch, AlertRule, Lease
from collector.store.models.base import Table, metadata
from collector.store.models.errors import ErrorGroup
from collector.store.models.notes import TraceNote
from collector.store.models.receipts import RecentRequest
from collector.store.models.retention import RetentionMark
from collector.store.models.rollup import Invoice, RolledLoop, RolledStretch, RolledSum, UsageHour, UsageRolled
from collector.store.models.search import SearchMark
from collector.store.models.settings import ChangeCounter, PriceOverride
from collector.store.models.spans import LogRecord, ResourceScope, Span, SpanConflict, SpanPayload, SpanPrice
from collector.store.models.traces import Score, Trace, Usage
from collector.store.models.views import SavedView

__all__ = [
    "AlertChannel",
    "AlertDelivery",
    "AlertEvent",
    "AlertMatch",
    "AlertRule",
    "ChangeCounter",
    "ErrorGroup",
    "Invoice",
    "Lease",
    "LogRecord",
    "PriceOverride",
    "RecentRequest",
    "ResourceScope",
    "RetentionMark",
    "RolledLoop",
    "RolledStretch",
    "RolledSum",
    "SavedView",
    "Score",
    "SearchMark",
    "Span",
    "SpanConflict",
    "SpanPayload",
    "SpanPrice",
    "Table",
    "Trace",
    "TraceNote",
    "Usage",
    "UsageHour",
    "UsageRolled",
    "metadata",
]
