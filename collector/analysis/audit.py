"""Where a trace's tokens were reported, what of them is counted, why the rest isn't, and what doesn't add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from collector.analysis.tree import Tree, build_tree
from collector.store.records import SpanRecord

CALL_KINDS = frozenset({"llm", "embedder", "reranker", "transcriber", "speaker"})
_REASONS = {
    "pending": "The span is not finished: nothing is counted until it is.",
    "counted_in_descendant": "The same usage stands in a span further down, which is counted instead.",
    "same_response": "Another span reports the same response of the provider and is counted instead.",
    "twin": "A second instrumentation reports the same call; its twin is counted instead.",
    "reported_later": "It was streamed, and what it used came in a span of its own, which is counted instead.",
}
_COUNTED = "Counted: no other span reports this usage nearer to the provider."
_SILENT = "The span is a call and says nothing of its usage."


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens and cost of one span, or summed up; None where nobody knows."""

    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """What one span reports, or a call that should and doesn't."""

    span_id: str
    name: str
    kind: str
    scope: str | None
    model: str | None
    response_id: str | None
    usage: Usage
    cost_source: str | None
    counted: bool
    why: str
    counted_instead: str | None
    """span_id of the span that is counted for this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditWarning:
    code: str
    """usage_missing, totals_differ or unpriced."""
    span_id: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    counted: Usage
    """What the trace's totals are: the sum over counted spans."""
    reported: Usage
    """The sum over all that was reported, with everything that was reported twice."""
    lines: tuple[AuditLine, ...]
    """In depth-first order."""
    warnings: tuple[AuditWarning, ...]


def audit(spans: Sequence[SpanRecord]) -> Audit:
    """The audit of one trace from all of its spans."""
    tree = build_tree(spans)
    ordered = [node.span for node in tree.nodes]
    below = _subtrees(tree)
    calls = {position for position in range(len(ordered)) if _is_silent_call(tree, position, below[position])}
    return Audit(
        counted=_sum(span for span in ordered if span.counted),
        reported=_sum(ordered),
        lines=tuple(_line(span) for position, span in enumerate(ordered) if _reports(span) or position in calls),
        warnings=tuple(_warnings(tree, below, calls)),
    )


def _warnings(tree: Tree, below: Sequence[range], silent: set[int]) -> Iterator[AuditWarning]:
    answered = {node.span.response_id for node in tree.nodes if node.span.response_id and _reports(node.span)}
    covered = _counted_above(tree)
    sums = (_running(tree, "input_tokens"), _running(tree, "output_tokens"))
    for position, node in enumerate(tree.nodes):
        span, inside = node.span, below[position]
        if position in silent and span.response_id not in answered and not covered[position]:
            yield _missing(span)
        elif span.excluded_reason == "counted_in_descendant":
            sent, received = (sums[side][inside.stop] - sums[side][inside.start] for side in (0, 1))
            yield from _difference(span, sent, received)
        elif span.counted and span.cost_usd is None:
            model = span.response_model or span.request_model
            said = f"There is no price for {model}." if model else "The span names no model, so there is no price."
            yield AuditWarning(code="unpriced", span_id=span.span_id, message=said)


def _missing(span: SpanRecord) -> AuditWarning:
    streamed = span.time_to_first_token_ms is not None
    hint = " It was streamed: many clients send usage of streams only when they are told to." if streamed else ""
    message = f"The call succeeded and its usage was never reported, so the totals are too low.{hint}"
    return AuditWarning(code="usage_missing", span_id=span.span_id, message=message)


def _difference(span: SpanRecord, sent: int, received: int) -> Iterator[AuditWarning]:
    """Tells a span's own total from the tokens that are counted inside it."""
    parts = (("input", span.input_tokens, sent), ("output", span.output_tokens, received))
    said = [
        f"{own:,} {side} tokens against {counted:,}"
        for side, own, counted in parts
        if own is not None and own != counted
    ]
    if said:
        message = f"The span's own total differs from what is counted inside it: {' and '.join(said)}."
        yield AuditWarning(code="totals_differ", span_id=span.span_id, message=message)


def _is_silent_call(tree: Tree, position: int, below: range) -> bool:
    """Whether a span is a finished call that succeeded, is reported nowhere, and holds no call that could be."""
    span = tree.nodes[position].span
    if span.kind not in CALL_KINDS or span.pending or span.excluded_reason or span.status == "error" or _reports(span):
        return False
    inner = (tree.nodes[at].span for at in below)
    return not any(_reports(other) or other.kind in CALL_KINDS for other in inner)


def _counted_above(tree: Tree) -> list[bool]:
    """Of each node whether one of its ancestors is counted, and its usage with it."""
    covered: list[bool] = []
    for node in tree.nodes:
        above = node.parent is not None and (covered[node.parent] or tree.nodes[node.parent].span.counted)
        covered.append(above)
    return covered


def _running(tree: Tree, field: str) -> list[int]:
    """What is counted before each position, so that a subtree's sum is a difference."""
    counted = (getattr(node.span, field) or 0 if node.span.counted else 0 for node in tree.nodes)
    return list(accumulate(counted, initial=0))


def _subtrees(tree: Tree) -> list[range]:
    """Of each node the positions of its descendants, which follow it in depth-first order."""
    sizes = [1] * len(tree.nodes)
    for position in reversed(range(len(tree.nodes))):
        parent = tree.nodes[position].parent
        if parent is not None:
            sizes[parent] += sizes[position]
    return [range(position + 1, position + size) for position, size in enumerate(sizes)]


def _line(span: SpanRecord) -> AuditLine:
    why = _COUNTED if span.counted else _REASONS.get(span.excluded_reason or "", span.excluded_reason or _SILENT)
    return AuditLine(
        span_id=span.span_id,
        name=span.name,
        kind=span.kind,
        scope=span.scope,
        model=span.response_model or span.request_model,
        response_id=span.response_id,
        usage=_sum([span]),
        cost_source=span.cost_source,
        counted=span.counted,
        why=why,
        counted_instead=span.excluded_by,
    )


def _reports(span: SpanRecord) -> bool:
    return span.input_tokens is not None or span.output_tokens is not None or span.cost_usd is not None


def _sum(spans: Iterable[SpanRecord]) -> Usage:
    chosen = tuple(spans)
    return Usage(
        input_tokens=_total(span.input_tokens for span in chosen),
        output_tokens=_total(span.output_tokens for span in chosen),
        cache_read_tokens=_total(span.cache_read_tokens for span in chosen),
        cache_write_tokens=_total(span.cache_write_tokens for span in chosen),
        reasoning_tokens=_total(span.reasoning_tokens for span in chosen),
        cost_usd=_usd(span.cost_usd for span in chosen),
    )


def _total(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _usd(values: Iterable[float | None]) -> float | None:
    """Summed in nano-dollars, as the trace's own total is."""
    known = [round(value * 1e9) for value in values if value is not None]
    return sum(known) / 10**9 if known else None
