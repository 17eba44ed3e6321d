"""Spans' rows as they are stored: with the id of their price, and many without their texts. These follow from the
content, which is kept beside the rows anyway.

In a row None is no text, and '' one that is not here: it is read from the content, as long as that is kept. So are
those that retention has emptied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from collector.store.rows import SpanRow
from collector.store.span_prices import price_id

Texts = tuple[str | None, str | None]
"""What went into a span, and what came out."""
Speakers = tuple[SpanRow | None, SpanRow | None]
"""The spans that a trace's row has what went in and what came out from."""
TEXTS = ("input_preview", "output_preview")


def leaves_texts_out(span: SpanRow) -> bool:
    """Steps alone, a trace has most of them. Calls of a model whose texts `counting` compares keep theirs: those
    without tokens, and those that are a moment. By tokens and not by cost, which may become known later."""
    if span.kind == "llm":
        is_ordinary = span.start_ns != span.end_ns and (span.input_tokens is not None or span.output_tokens is not None)
    else:
        is_ordinary = span.kind == "tool"
    is_final = span.end_ns is not None and not span.pending
    return is_ordinary and is_final and span.parent_span_id is not None and span.payload_id is not None


def as_stored(
    spans: Iterable[SpanRow], values: Iterable[tuple[object, ...]], columns: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    """values: of each span those of the columns."""
    texts = [at for at, column in enumerate(columns) if column in TEXTS]
    prices = [at for at, column in enumerate(columns) if column == "price"]
    for span, row in zip(spans, values, strict=True):
        is_silent, has_price = leaves_texts_out(span), span.price is not None
        if not (is_silent or has_price):
            yield row
            continue
        stored = list(row)
        for at in texts if is_silent else ():
            stored[at] = row[at] and ""
        for at in prices:
            stored[at] = price_id(span.price)
        yield tuple(stored)


def said(speakers: Speakers, texts: Mapping[str, Texts]) -> Texts:
    """What a trace's row says. texts: by span_id, those of the content; what is not there either is unknown."""
    asking, answering = speakers
    asked = asking.input_preview if asking else None
    answered = answering.output_preview if answering else None
    if asking and asked == "":
        asked = texts.get(asking.span_id, (None, None))[0]
    if answering and answered == "":
        answered = texts.get(answering.span_id, (None, None))[1]
    return asked, answered


def lacking(speakers: Speakers, texts: Mapping[str, Texts]) -> list[SpanRow]:
    """Speakers whose text is neither in their row nor known."""
    asking, answering = speakers
    found = [asking] if asking and asking.input_preview == "" else []
    if answering and answering.output_preview == "" and not any(span is answering for span in found):
        found.append(answering)
    return [span for span in found if span.span_id not in texts]
