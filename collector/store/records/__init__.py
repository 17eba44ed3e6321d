"""What reads return: frozen records with the names and units of the read API. None means unknown, never 0."""

from collector.store.records.agents import AgentReport, AgentStats, Calls, Loop, ToolCall, ToolStats
from collector.store.records.alerts import (
    BUDGET_PERIODS,
    CHANNEL_KINDS,
    EVENT_STATES,
    RULE_KINDS,
    AlertChannel,
    AlertDelivery,
    AlertEvent,
    AlertRule,
    AlertRun,
    BudgetState,
    ChannelSeen,
    Evidence,
    RuleTerms,
)
from collector.store.records.calls import Call, CallCount, CallPage, FacetValues, Payload
from collector.store.records.doctor import Difference, Examined, WrongStretch
from collector.store.records.errors import ERROR_STATES, ErrorGroup, ErrorGroups, ErrorRuns, NewError
from collector.store.records.groups import StepSpan
from collector.store.records.health import CollectorSeen, Installation, RowCount, StoreHealth
from collector.store.records.imported import Imported
from collector.store.records.notes import TraceNote
from collector.store.records.overview import Bucket, FailedRun, ModelCost, MonthCost, Overview, Totals, WorkflowTotals
from collector.store.records.prices import FILE_ID, PriceInForce, PriceOverride, RepricedLine, Repricing, SeenModel
from collector.store.records.receipts import Receipt
from collector.store.records.retention import Lifetimes, Pruned
from collector.store.records.schema import SchemaPlan, SchemaStep
from collector.store.records.scores import Score
from collector.store.records.search import SearchProgress, TextsFound
from collector.store.records.selection import Period, Scope, TraceFilter
from collector.store.records.sessions import SessionSummary, Turn, UserRun, UserSummary
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
from collector.store.records.views import SavedView

__all__ = [
    "BUDGET_PERIODS",
    "CHANNEL_KINDS",
    "ERROR_STATES",
    "EVENT_STATES",
    "FILE_ID",
    "RULE_KINDS",
    "AgentReport",
    "AgentStats",
    "AlertChannel",
    "AlertDelivery",
    "AlertEvent",
    "AlertRule",
    "AlertRun",
    "Bucket",
    "BudgetState",
    "Call",
    "CallCount",
    "CallPage",
    "Calls",
    "ChannelSeen",
    "CollectorSeen",
    "Difference",
    "ErrorGroup",
    "ErrorGroups",
    "ErrorRuns",
    "Evidence",
    "Examined",
    "ExceptionNote",
    "ExceptionRecord",
    "FacetValues",
    "Facets",
    "FailedRun",
    "Freshness",
    "Imported",
    "Installation",
    "Lifetimes",
    "Loop",
    "Message",
    "ModelCost",
    "MonthCost",
    "NewError",
    "OutcomeCounts",
    "Overview",
    "Part",
    "Payload",
    "Period",
    "PriceInForce",
    "PriceOverride",
    "Pruned",
    "Receipt",
    "RepricedLine",
    "Repricing",
    "RowCount",
    "RuleTerms",
    "SavedView",
    "SchemaPlan",
    "SchemaStep",
    "Scope",
    "Score",
    "SearchProgress",
    "SeenModel",
    "SessionSummary",
    "SpanDetail",
    "SpanEvent",
    "SpanLink",
    "SpanRecord",
    "StepSpan",
    "StoreHealth",
    "StoredSpan",
    "TextsFound",
    "ToolCall",
    "ToolStats",
    "Totals",
    "TraceFilter",
    "TraceNote",
    "TracePage",
    "TraceSummary",
    "Turn",
    "UserRun",
    "UserSummary",
    "WorkflowTotals",
    "WrongStretch",
]
