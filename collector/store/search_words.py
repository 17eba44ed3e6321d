"""Free text as SQL conditions: by the search index, and in the old way for traces that it hasn't taken in yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    tuple_,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from collector.query import Value
from collector.store.models import SearchMark, Span, Trace
from collector.store.records import Scope
from collector.store.search_source import ROW_TEXTS
from collector.store.search_text import Phrase, encode, phrases

TRACE: Table = Trace.__table__  # type: ignore[attr-defined]
SPAN: Table = Span.__table__  # type: ignore[attr-defined]
MARK: Table = SearchMark.__table__  # type: ignore[attr-defined]
TEXT = table("search_text", column("rowid"), column("search_text"))
PART = table("search_part", column("number"), column("project_id"), column("trace_id"))
DOCUMENT = table("search_document", *map(column, ("project_id", "trace_id", "span_id", "words")))

_TRACE_TEXTS = tuple(TRACE.c[name] for name in ("name", "workflow", "input_preview", "output_preview", "error"))
_SPAN_TEXTS = tuple(SPAN.c[name] for name in ROW_TEXTS)

Condition = ColumnElement[bool]


class _ByDatabase(ColumnElement[bool]):
    """A condition that each database puts in its own words."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, sqlite: Condition, postgresql: Condition) -> None:
        self.sqlite, self.postgresql = sqlite, postgresql

    def self_group(self, against: Any = None) -> _ByDatabase:  # noqa: ARG002 (as the base has it)
        """As it stands: compared with 1, no index would be used for what is in it."""
        return self


@compiles(_ByDatabase, "sqlite")
def _on_sqlite(element: _ByDatabase, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.sqlite.self_group(), **kw)


@compiles(_ByDatabase, "postgresql")
def _on_postgresql(element: _ByDatabase, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.postgresql.self_group(), **kw)


def trace_says(scope: Scope, value: Value) -> Condition:
    """For a SELECT from trace: whether one span of it holds the text."""
    asked, in_row = phrases(value.pieces), _in_row(value, _TRACE_TEXTS)
    if not asked:
        return in_row
    same = and_(MARK.c.project_id == TRACE.c.project_id, MARK.c.trace_id == TRACE.c.trace_id)
    # Outer, so that SQLite begins with the few that are marked.
    marked = select(TRACE.c.project_id, TRACE.c.trace_id).select_from(MARK.outerjoin(TRACE, same))
    fresh = marked.where(MARK.c.project_id.in_(scope), in_row).correlate(None)
    key = tuple_(TRACE.c.project_id, TRACE.c.trace_id)
    by_part: Condition = key.in_(union_all(_parts(scope, asked), fresh))
    if not _is_one_word(asked):
        holds = func.search_says(encode(asked), TRACE.c.project_id, TRACE.c.trace_id, TRACE.c.revision) == 1
        by_part = and_(by_part, or_(key.in_(fresh), holds))
    return _ByDatabase(by_part, key.in_(union_all(_documents(scope, asked, "project_id", "trace_id"), fresh)))


def span_says(scope: Scope, value: Value) -> Condition:
    """For a SELECT from span: whether it holds the text."""
    asked, in_row = phrases(value.pieces), _in_row(value, _SPAN_TEXTS)
    if not asked:
        return in_row
    key = tuple_(SPAN.c.project_id, SPAN.c.trace_id)
    marked = select(MARK.c.project_id, MARK.c.trace_id).where(MARK.c.project_id.in_(scope))
    fresh = and_(key.in_(marked), in_row)
    of_span = tuple_(SPAN.c.project_id, SPAN.c.trace_id, SPAN.c.span_id)
    documents = of_span.in_(_documents(scope, asked, "project_id", "trace_id", "span_id"))
    parts = _parts(scope, asked)
    if not _is_one_word(asked):  # of many that hold the words few have them in a row, and most calls are read for none
        parts = parts.where(_may_say(asked))
    # In this order: a trace is only read where the index has the words.
    by_part = or_(fresh, and_(key.in_(parts), _span_holds(asked)))
    return _ByDatabase(by_part, or_(documents, fresh))


def traces_of(scope: Scope, spans: FromClause, id: str, is_it: Condition) -> list[Select[Any]]:
    """SELECTs of the trace_ids of spans that have an id of their own, or of what they ask. spans: an alias of the
    table. is_it: on `spans`."""
    key = tuple_(spans.c.project_id, spans.c.trace_id)
    marked = select(MARK.c.project_id, MARK.c.trace_id).where(MARK.c.project_id.in_(scope))
    found: list[Condition] = [key.in_(marked)]
    if asked := phrases((id, "")):
        of_span = tuple_(spans.c.project_id, spans.c.trace_id, spans.c.span_id)
        documents = of_span.in_(_documents(scope, asked, "project_id", "trace_id", "span_id"))
        found.append(_ByDatabase(key.in_(_parts(scope, asked)), documents))
    return [select(spans.c.trace_id).where(there, is_it) for there in found]


def like(value: Value) -> str:
    """A pattern of LIKE, escaped by a backslash."""
    pieces = (p.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for p in value.pieces)
    return "%".join(pieces)


def _in_row(value: Value, columns: Sequence[ColumnElement[Any]]) -> Condition:
    return or_(*(column.ilike(f"%{like(value)}%", escape="\\") for column in columns))


def _is_one_word(asked: Sequence[Phrase]) -> bool:
    return len(asked) == 1 and len(asked[0][0]) == 1


def _parts(scope: Scope, asked: Sequence[Phrase]) -> Select[Any]:
    """SQLite: the traces of documents that hold all the words."""
    found = select(TEXT.c.rowid).where(TEXT.c.search_text.op("MATCH")(_fts5(asked)))
    project_id: ColumnElement[str] = literal_column("+search_part.project_id")  # no index: first the words
    return select(PART.c.project_id, PART.c.trace_id).where(PART.c.number.in_(found), project_id.in_(scope))


def _documents(scope: Scope, asked: Sequence[Phrase], *columns: str) -> Select[Any]:
    """PostgreSQL: the spans that hold the phrases."""
    found = DOCUMENT.c.words.op("@@")(func.to_tsquery("simple", _tsquery(asked)))
    return select(*(DOCUMENT.c[name] for name in columns)).where(found, DOCUMENT.c.project_id.in_(scope))


def _fts5(asked: Sequence[Phrase]) -> str:
    """Every word stands in quotes, and none can hold one."""
    terms: list[str] = []
    for some, is_open in asked:
        terms += (f'"{word}"' for word in some)
        terms[-1] += "*" if is_open else ""
    return " AND ".join(terms)


def _tsquery(asked: Sequence[Phrase]) -> str:
    return " & ".join(
        f"({' <-> '.join(_quoted(word) for word in some)}{':*' if is_open else ''})" for some, is_open in asked
    )


def _quoted(word: str) -> str:
    """A word has letters and digits only, so that nothing in it ends the quotes."""
    return f"'{word}'"


def _span_holds(asked: Sequence[Phrase]) -> Condition:
    """SQLite: whether a span itself, or a log record of it, holds the phrases."""
    key = SPAN.c.project_id, SPAN.c.trace_id
    return func.search_span_says(encode(asked), *key, _revision(SPAN), SPAN.c.span_id) == 1


def _may_say(asked: Sequence[Phrase]) -> Condition:
    """SQLite: whether it isn't known already that no span of the trace holds the phrases."""
    return func.search_may_say(encode(asked), PART.c.project_id, PART.c.trace_id, _revision(PART)) == 1


def _revision(of: FromClause) -> ColumnElement[int]:
    same = and_(TRACE.c.project_id == of.c.project_id, TRACE.c.trace_id == of.c.trace_id)
    return select(TRACE.c.revision).where(same).correlate(of).scalar_subquery()
