"""What the spans of one trace say."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, RowMapping, select

from collector.store.engine import reading
from collector.store.reads.contents import PLACE, SPAN, contents_of
from collector.store.reads.spans import LOG
from collector.store.records import Scope, TextsFound
from collector.store.search_source import texts_at, texts_of_record
from collector.store.search_text import fold, plain

READ_S = 1.0
"""After that the rest of a long trace is looked through by what its rows say alone."""
_SPANS_AT_ONCE = 500


def find_in_texts(engine: Engine, scope: Scope, trace_id: str, text: str) -> TextsFound:
    """The spans that say the text: in a name, an attribute, an event, a log record, anywhere in it and as it stands but
    for capitals and accents. Of what READ_S is too short for, and of content that is no longer kept, the
    preview that the row has.
    """
    wanted = fold(text.strip())
    if not wanted.strip():
        return TextsFound(frozenset(), None)
    of_trace = SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id
    previews = SPAN.c.input_preview, SPAN.c.output_preview
    until_s, searched = time.monotonic() + READ_S, 0
    with reading(engine) as connection:
        rows = connection.execute(select(*PLACE, *previews).where(*of_trace).order_by(SPAN.c.start_ns)).mappings().all()
        found = {row["span_id"] for row in rows if _holds(wanted, filter(None, (row[p.name] for p in previews)))}
        for at in range(0, len(rows), _SPANS_AT_ONCE):
            if time.monotonic() > until_s:
                break
            some = rows[at : at + _SPANS_AT_ONCE]
            found |= _whole_texts(connection, some, wanted)
            searched = at + len(some)
        records = select(LOG.c.span_id, LOG.c.record).where(LOG.c.project_id.in_(scope), LOG.c.trace_id == trace_id)
        found |= {row.span_id for row in connection.execute(records) if _holds(wanted, texts_of_record(row.record))}
    return TextsFound(frozenset(found), None if searched == len(rows) else searched)


def _whole_texts(connection: Connection, rows: Sequence[RowMapping], wanted: str) -> set[str]:
    contents = contents_of(connection, rows).items()
    return {span_id for (_, _, span_id), content in contents if _holds(wanted, texts_at(content.span) or ())}


def _holds(wanted: str, texts: Iterable[str]) -> bool:
    return any(wanted in fold(plain(text)) for text in texts)


def list_argument_hashes(engine: Engine, scope: Scope, trace_id: str) -> dict[str, str]:
    """By span_id what tells the arguments of a tool's call from others; of calls that told their arguments."""
    query = select(SPAN.c.span_id, SPAN.c.arguments_hash).where(
        SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id, SPAN.c.arguments_hash.is_not(None)
    )
    with reading(engine) as connection:
        return {row.span_id: row.arguments_hash for row in connection.execute(query)}
