"""What reads return: frozen records with the names and units of the read API. None means unknown, never 0."""

from collector.store.records.health import CollectorSeen, Installation, RowCount, StoreHealth
from collector.store.records.notes import TraceNote
from collector.store.records.overview import Bucket, FailedRun, ModelCost, MonthCost, Overview, Totals, WorkflowTotals
from collector.store.records.prices import FILE_ID, PriceInForce, PriceOverride, RepricedLine, Repricing, SeenModel
from collector.store.records.receipts import Receipt
from collector.store.records.scores import Score
from collector.store.records.selection import Period, Scope, TraceFilter
from collector.store.records.spans import (
    ExceptionNote,
    ExceptionRecord,
    Message,
    Part,
    SpanDetail,
    SpanEvent,
    SpanLink,
    SpanRecord,
    StoredSpan,
)
from collector.store.records.traces import Facets, Freshness, OutcomeCounts, TracePage, TraceSummary

__all__ = [
    "FILE_ID",
    "Bucket",
    "CollectorSeen",
    "ExceptionNote",
    "ExceptionRecord",
    "Facets",
    "FailedRun",
    "Freshness",
    "Installation",
    "Message",
    "ModelCost",
    "MonthCost",
    "OutcomeCounts",
    "Overview",
    "Part",
    "Period",
    "PriceInForce",
    "PriceOverride",
    "Receipt",
    "RepricedLine",
    "Repricing",
    "RowCount",
    "Scope",
    "Score",
    "SeenModel",
    "SpanDetail",
    "SpanEvent",
    "SpanLink",
    "SpanRecord",
    "StoreHealth",
    "StoredSpan",
    "Totals",
    "TraceFilter",
    "TraceNote",
    "TracePage",
    "TraceSummary",
    "WorkflowTotals",
]
