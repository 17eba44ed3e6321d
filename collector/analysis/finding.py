"""Where a text stands in a trace: in the names, models and errors of its spans, and in what went in and came out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from collector.analysis.tree import Tree
from collector.store.records import SpanRecord


def find_spans(tree: Tree, text: str, said: Collection[str] = ()) -> tuple[str, ...]:
    """span_ids in the order of the tree; upper and lower case are the same. Nothing is found for an empty text.

    said: span_ids of spans that have the text in what they were given or answered.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return ()
    return tuple(
        node.span.span_id
        for node in tree.nodes
        if node.span.span_id in said or any(wanted in known.casefold() for known in _known(node.span))
    )


def _known(span: SpanRecord) -> Iterator[str]:
    known = (
        span.name,
        span.kind,
        span.span_id,
        span.tool_name,
        span.agent_name,
        span.request_model,
        span.response_model,
        span.finish_reason,
        span.status_message,
        span.returned_error,
    )
    yield from (text for text in known if text)
    for exception in span.exceptions:
        yield from (text for text in (exception.type, exception.message) if text)
