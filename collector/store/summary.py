"""What a trace's spans add up to: its row and its lines in the ledger. Pure; the writer runs it in the same
transaction that stores the spans, so rows and sums can't disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import orjson

from collector.store.counting import SAME_CALL, above, ancestors, has_usage
from collector.store.rows import SpanRow, TraceRow, UsageRow

BILLABLE_KINDS = frozenset({"llm", "embedder", "reranker", "transcriber", "speaker"})
QUARTER_NS = 15 * 60 * 10**9
INDEXED_LENGTH = 256
"""Characters of a text in an index: PostgreSQL refuses an entry of more than 2,704 bytes."""
TOKEN_FIELDS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
COST_FIELDS = (
    "cost_nusd",
    "input_cost_nusd",
    "cache_read_cost_nusd",
    "cache_write_cost_nusd",
    "output_cost_nusd",
)


def summarise(spans: Sequence[SpanRow]) -> tuple[TraceRow, list[UsageRow]]:
    """The trace's row and its ledger lines. `counting.decide_counted` has to have run on the same spans."""
    spans = sorted(spans, key=lambda s: (s.start_ns, s.span_id))
    by_id = {span.span_id: span for span in spans}
    calls = list(_calls(spans, by_id))
    trace = _trace(spans, by_id, calls)
    return trace, _ledger(trace, calls, by_id)


def _trace(spans: Sequence[SpanRow], by_id: dict[str, SpanRow], calls: Sequence[SpanRow]) -> TraceRow:
    root = next((s for s in spans if s.parent_span_id is None), None)
    head = root or next((s for s in spans if s.parent_span_id not in by_id), spans[0])
    real = [s for s in spans if not s.pending]
    outcome, failure = _outcome(root, real)
    start_ns = min((s.start_ns for s in spans if s.start_ns > 0), default=0)
    end_ns = max((s.end_ns for s in spans if s.end_ns is not None), default=None)
    first = _first_of(head, spans)
    counted = [s for s in spans if s.counted]
    return TraceRow(
        project_id=head.project_id,
        trace_id=head.trace_id,
        root_span_id=root.span_id if root else None,
        name=head.name,
        workflow=(first(lambda s: s.workflow) or (root.name if root else ""))[:INDEXED_LENGTH] or None,
        service=first(lambda s: s.service),
        environment=first(lambda s: s.environment),
        version=_version(head, spans),
        outcome=outcome,
        start_ns=start_ns,
        end_ns=end_ns,
        duration_ns=end_ns - start_ns if end_ns is not None and end_ns >= start_ns else None,
        received_ns=max(s.received_ns for s in spans),
        span_count=len(spans),
        error_count=sum(s.status == "error" for s in real),
        llm_calls=_leaves(real, by_id, "llm"),
        tool_calls=_leaves(real, by_id, "tool"),
        **{field: _sum(counted, field) for field in (*TOKEN_FIELDS, "cost_nusd")},
        unpriced_spans=sum(_is_unpriced(s) for s in calls),
        models=orjson.dumps(_models(calls)).decode(),
        session_id=(first(lambda s: s.session_id) or "")[:INDEXED_LENGTH] or None,
        user_id=(first(lambda s: s.user_id) or "")[:INDEXED_LENGTH] or None,
        tags=orjson.dumps(_known({tag for s in spans if s.tags for tag in orjson.loads(s.tags)})).decode(),
        dimensions=_dimensions(head, spans),
        input_preview=head.input_preview or _first_input(spans),
        output_preview=head.output_preview or _last_output(real),
        error=_describe(failure) if failure else None,
    )


def _outcome(root: SpanRow | None, real: Sequence[SpanRow]) -> tuple[str, SpanRow | None]:
    """The outcome and the span whose failure decides it."""
    failed = [s for s in real if s.status == "error"]
    # A span often only repeats that something inside it failed: one that says why says more.
    failing = next((s for s in failed if s.exception_type or s.status_message), next(iter(failed), None))
    if root is None:
        return "rootless", failing
    if root.pending or root.end_ns is None:
        return "running", failing
    if root.status == "error":
        return "failed", root if root.exception_type or root.status_message else failing
    return ("recovered", failing) if failing else ("ok", None)


def _describe(span: SpanRow) -> str:
    exceptions = orjson.loads(span.exceptions) if span.exceptions else []
    message = (exceptions[0]["message"] if exceptions else None) or span.status_message
    return ": ".join(part for part in (span.exception_type, message) if part)[:300] or f"{span.name} failed"


def _calls(spans: Sequence[SpanRow], by_id: dict[str, SpanRow]) -> Iterator[SpanRow]:
    """The calls that cost something: what is counted, and billable leaves that say nothing of their usage."""
    inner = above((s for s in spans if s.kind in BILLABLE_KINDS or s.counted), by_id)
    for span in spans:
        is_leaf = span.kind in BILLABLE_KINDS and span.span_id not in inner and not span.pending
        if span.counted or (is_leaf and span.excluded_reason is None):
            yield span


def _is_unpriced(call: SpanRow) -> bool:
    """A call of unknown cost. One that failed before it consumed anything is not: providers don't bill it."""
    return call.cost_nusd is None and (has_usage(call) or call.status != "error")


def _leaves(spans: Sequence[SpanRow], by_id: dict[str, SpanRow], kind: str) -> int:
    """Spans of a kind without a descendant of that kind; two reports of one call are one."""
    of_kind = [s for s in spans if s.kind == kind and s.excluded_reason not in SAME_CALL]
    inner = above(of_kind, by_id)
    return sum(s.span_id not in inner for s in of_kind)


def _ledger(trace: TraceRow, calls: Sequence[SpanRow], by_id: dict[str, SpanRow]) -> list[UsageRow]:
    lines: defaultdict[tuple[int, str | None, str | None, str | None, str | None], list[SpanRow]] = defaultdict(list)
    for call in calls:
        model = call.request_model or call.response_model
        quarter_ns = call.start_ns // QUARTER_NS * QUARTER_NS
        lines[quarter_ns, call.provider, model, _agent(call, by_id), call.cost_source].append(call)
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
            calls=len(group),
            errors=sum(s.status == "error" for s in group),
            unpriced_calls=sum(_is_unpriced(s) for s in group),
            **{field: _sum([s for s in group if s.counted], field) for field in (*TOKEN_FIELDS, *COST_FIELDS)},
            sealed_tags=None,
        )
        for slot, ((quarter_ns, provider, model, agent_name, cost_source), group) in enumerate(ordered)
    ]


def _agent(call: SpanRow, by_id: dict[str, SpanRow]) -> str | None:
    if call.agent_name:
        return call.agent_name
    agent = next((a for a in ancestors(call, by_id) if a.kind == "agent" or a.agent_name), None)
    return (agent.agent_name or agent.name) if agent else None


def _version(head: SpanRow, spans: Sequence[SpanRow]) -> str | None:
    """A version that was sent, on the root first; else the hash of the first system prompt."""
    sent = [s.version for s in (head, *spans) if s.version and not s.version.startswith("prompt-")]
    hashed = [s.version for s in spans if s.version]
    return next(iter(sent), None) or next(iter(hashed), None)


def _dimensions(head: SpanRow, spans: Sequence[SpanRow]) -> str | None:
    found: dict[str, str] = {}
    for span in (head, *spans):
        if span.dimensions:
            found = orjson.loads(span.dimensions) | found
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode() if found else None


def _first_of(head: SpanRow, spans: Sequence[SpanRow]) -> Callable[[Callable[[SpanRow], str | None]], str | None]:
    """Reads a field from the root, else from the first span by start time that has it."""

    def first(field: Callable[[SpanRow], str | None]) -> str | None:
        return field(head) or next((value for value in map(field, spans) if value), None)

    return first


def _models(calls: Sequence[SpanRow]) -> list[str]:
    """By name, those of llm calls before embedders and the like."""
    talking = {s.request_model or s.response_model for s in calls if s.kind == "llm"}
    others = {s.request_model or s.response_model for s in calls} - talking
    return [*_known(talking), *_known(others)]


def _first_input(spans: Sequence[SpanRow]) -> str | None:
    """A tool's arguments are not what a run was asked."""
    return next((s.input_preview for s in spans if s.input_preview and s.kind != "tool"), None)


def _last_output(spans: Sequence[SpanRow]) -> str | None:
    ended = sorted((s for s in spans if s.kind != "tool"), key=lambda s: (s.end_ns or 0, s.span_id))
    return next((s.output_preview for s in reversed(ended) if s.output_preview), None)


def _sum(spans: Iterable[SpanRow], field: str) -> int | None:
    """None when no span knows: unknown is not 0."""
    known = [value for span in spans if (value := getattr(span, field)) is not None]
    return sum(known) if known else None


def _known(values: set[str | None]) -> list[str]:
    return sorted(value for value in values if value)
