"""What is known of one span, as short text."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd

from app import format as fmt
from collector.analysis.span_name import span_name
from collector.analysis.tree import SpanNode, Tree
from collector.store.records import SpanRecord

_SOURCES = {
    "reported": "reported by the client",
    "override": "your own price",
    "computed": "computed from list prices",
}
_NOT_COUNTED = {
    "pending": "The span is not finished: nothing is counted until it is.",
    "counted_in_descendant": "The same usage stands in a span further down, which is counted instead.",
    "same_response": "Another span reports the same response of the provider and is counted instead.",
    "twin": "A second instrumentation reports the same call; its twin is counted instead.",
    "reported_later": "It was streamed, and what it used came in a span of its own, which is counted instead.",
}


def facts(node: SpanNode, trace_start_ns: int) -> tuple[str, ...]:
    """Duration and start first; then what is known of model, tokens and cost."""
    span = node.span
    duration = fmt.duration(span.duration_ms) if span.end_ns is not None else "no end yet"
    known = [f"{duration} at {fmt.duration_ns(node.start_ns - trace_start_ns)}"]
    if node.children:
        known.append(f"{fmt.duration_ns(node.self_ns)} its own")
    if model := span.response_model or span.request_model:
        known.append(model)
    if span.input_tokens is not None or span.output_tokens is not None:
        known.append(f"{fmt.count(span.input_tokens)} in{_parts(span, 'in')}, {_output(span)}")
    if span.time_to_first_token_ms is not None:
        known.append(f"first token after {fmt.duration(span.time_to_first_token_ms)}")
    if span.finish_reason:
        known.append(f"finished by {span.finish_reason}")
    if span.cost_usd is not None:
        known.append(f"{fmt.money(span.cost_usd)} {_SOURCES.get(span.cost_source or '', '')}".strip())
    elif span.kind in {"llm", "embedder"} and span.excluded_reason is None:
        known.append("cost unknown")
    return tuple(known)


def _output(span: SpanRecord) -> str:
    return f"{fmt.count(span.output_tokens)} out{_parts(span, 'out')}"


def _parts(span: SpanRecord, side: str) -> str:
    """The parts that are known and not zero: " (1,024 from cache)"."""
    parts = (
        ((span.cache_read_tokens, "from cache"), (span.cache_write_tokens, "to cache"))
        if side == "in"
        else ((span.reasoning_tokens, "reasoning"),)
    )
    known = [f"{fmt.count(tokens)} {name}" for tokens, name in parts if tokens]
    return f" ({', '.join(known)})" if known else ""


def cost_parts(span: SpanRecord) -> pd.DataFrame:
    """A row a part of the cost, as text: index Part; Tokens, Rate (US dollars a million tokens), Cost.

    Empty when neither tokens nor cost are known.
    """
    cached = (span.cache_read_tokens or 0) + (span.cache_write_tokens or 0)
    uncached = None if span.input_tokens is None else span.input_tokens - cached
    parts = (
        ("Input", uncached, "input_per_mtok", span.input_cost_usd),
        ("Input from cache", span.cache_read_tokens, "cache_read_per_mtok", span.cache_read_cost_usd),
        ("Input to cache", span.cache_write_tokens, "cache_write_per_mtok", span.cache_write_cost_usd),
        ("Output", span.output_tokens, "output_per_mtok", span.output_cost_usd),
    )
    rows = [
        (name, fmt.count(tokens), _rate(span, rate), fmt.money(cost_usd, 6))
        for name, tokens, rate, cost_usd in parts
        if tokens is not None or cost_usd
    ]
    if rows or span.cost_usd is not None:
        rows.append(("Together", _together(span), "", fmt.money(span.cost_usd, 6)))
    return pd.DataFrame(rows, columns=["Part", "Tokens", "Rate", "Cost"]).set_index("Part")


def _rate(span: SpanRecord, name: str) -> str:
    rate = (span.price or {}).get(name)
    return f"${rate:,.4g} / M" if isinstance(rate, (int, float)) else ""


def _together(span: SpanRecord) -> str:
    if span.input_tokens is None or span.output_tokens is None:
        return fmt.UNKNOWN
    return fmt.count(span.input_tokens + span.output_tokens)


def cost_source(span: SpanRecord) -> str:
    """Where the cost comes from, with the price list and the date of the price."""
    if span.cost_source is None:
        return "The cost is unknown: no client reported it and there is no price for this model."
    source = f"The cost is {_SOURCES.get(span.cost_source, span.cost_source)}"
    price = span.price or {}
    listed = " ".join(str(price[key]) for key in ("source", "version") if price.get(key))
    model = " / ".join(str(price[key]) for key in ("provider", "model") if price.get(key))
    since = f"since {price['since']}" if price.get("since") else ""
    details = ", ".join(part for part in (listed, model, since) if part)
    return f"{source}: {details}." if details else f"{source}."


def counting(span: SpanRecord, tree: Tree) -> str | None:
    """Whether the span enters the trace's sums, and why not. None when it has nothing to count."""
    if span.counted:
        return "Counted in the totals of its trace."
    if span.excluded_reason is None:
        return None
    reason = _NOT_COUNTED.get(span.excluded_reason, span.excluded_reason)
    instead = tree.find(span.excluded_by)
    return f"Not counted. {reason}" + (f" Counted: {fmt.cut(span_name(instead.span), 80)}." if instead else "")


def pretty(text: str) -> tuple[str, bool]:
    """JSON with line breaks, and whether it was JSON (an object or a list); any other text as it is."""
    if not text.lstrip().startswith(("{", "[")):
        return text, False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text, False
    shown = json.dumps(value, indent=2, ensure_ascii=False)
    return shown.encode("utf-8", "backslashreplace").decode(), True


def pages(text: str, length: int) -> Sequence[str]:
    """The text in pieces of about `length` characters, cut at line breaks where there are any. Nothing is lost."""
    pieces: list[str] = []
    start = 0
    while start < len(text):
        end = min(start + length, len(text))
        if end < len(text):
            line_end = text.rfind("\n", start + length // 2, end)
            end = line_end + 1 if line_end != -1 else end
        pieces.append(text[start:end])
        start = end
    return pieces or [""]
