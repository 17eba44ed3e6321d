"""Lines of the ledger in the making."""

from __future__ import annotations

from collections.abc import Mapping
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
SUMMED = (*TOKEN_FIELDS, *COST_FIELDS)
_values = attrgetter(*SUMMED)

LineKey = tuple[int, str | None, str | None, str | None, str | None]
"""Quarter-hour, provider, model, agent and source of the cost of a ledger line."""


class Line:
    """A line of the ledger in the making. Calls can be taken out again."""

    __slots__ = ("_known", "_sums", "calls", "errors", "unpriced_calls")

    def __init__(self) -> None:
        self.calls = 0
        self.errors = 0
        self.unpriced_calls = 0
        self._sums = [0] * len(SUMMED)
        self._known = [0] * len(SUMMED)
        """How many calls know a field: a sum that nobody knows is unknown, not 0."""

    def add(self, call: SpanRow, is_counted: bool, sign: int) -> None:
        self.calls += sign
        self.errors += sign * (call.status == "error")
        self.unpriced_calls += sign * _is_unpriced(call)
        if is_counted:
            for at, value in enumerate(_values(call)):
                if value is not None:
                    self._sums[at] += sign * value
                    self._known[at] += sign

    def sums(self) -> list[int | None]:
        """Of each of SUMMED, in their order."""
        return [total if known else None for total, known in zip(self._sums, self._known, strict=True)]


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
            **dict(zip(SUMMED, line.sums(), strict=True)),
            sealed_tags=None,
        )
        for slot, ((quarter_ns, provider, model, agent_name, cost_source), line) in enumerate(ordered)
    ]


def _is_unpriced(call: SpanRow) -> bool:
    """A call of unknown cost. One that failed before it consumed anything is not: providers don't bill it."""
    return call.cost_nusd is None and (has_usage(call) or call.status != "error")
