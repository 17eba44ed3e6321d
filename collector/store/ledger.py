"""Lines of the ledger in the making."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from collector.store.counting import has_usage
from collector.store.rows import SpanRow, TraceRow, UsageRow

QUARTER_NS = 15 * 60 * 10**9
TOKEN_FIELDS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
COST_FIELDS = (
    "cost_nusd",
    "input_cost_nusd",
    "cache_read_cost_nusd",
    "cache_write_cost_nusd",
    "output_cost_nusd",
)
_SUMMED = (*TOKEN_FIELDS, *COST_FIELDS)
_values = attrgetter(*_SUMMED)

LineKey = tuple[int, str | None, str | None, str | None, str | None]
"""Quarter-hour, provider, model, agent and source of the cost of a ledger line."""


@dataclass(slots=True)
class Line:
    """A line of the ledger in the making. Calls can be taken out again."""

    calls: int = 0
    errors: int = 0
    unpriced_calls: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    """How many calls know a field: a sum that nobody knows is unknown, not 0."""

    def add(self, call: SpanRow, is_counted: bool, sign: int) -> None:
        self.calls += sign
        self.errors += sign * (call.status == "error")
        self.unpriced_calls += sign * _is_unpriced(call)
        if is_counted:
            for name, value in zip(_SUMMED, _values(call), strict=True):
                if value is not None:
                    self.sums[name] = self.sums.get(name, 0) + sign * value
                    self.known[name] = self.known.get(name, 0) + sign

    def sum(self, name: str) -> int | None:
        return self.sums[name] if self.known.get(name) else None


def ledger_of(trace: TraceRow, lines: Mapping[LineKey, Line]) -> list[UsageRow]:
    ordered = sorted(lines.items(), key=lambda line: tuple(str(part or "") for part in line[0]))
    return [
        UsageRow(
            project_id=trace.project_id,
            trace_id=trace.trace_id,
            slot=slot,
            quarter_ns=quarter_ns,
            provider=provider,
            model=model,
            agent_name=agent_name,
            cost_source=cost_source,
            workflow=trace.workflow,
            service=trace.service,
            environment=trace.environment,
            version=trace.version,
            session_id=trace.session_id,
            user_id=trace.user_id,
            dimensions=trace.dimensions,
            calls=line.calls,
            errors=line.errors,
            unpriced_calls=line.unpriced_calls,
            **{name: line.sum(name) for name in _SUMMED},
            sealed_tags=None,
        )
        for slot, ((quarter_ns, provider, model, agent_name, cost_source), line) in enumerate(ordered)
    ]


def _is_unpriced(call: SpanRow) -> bool:
    """A call of unknown cost. One that failed before it consumed anything is not: providers don't bill it."""
    return call.cost_nusd is None and (has_usage(call) or call.status != "error")
