"""The search index: which spans it holds of a trace, and how they get in and out. Its rows follow the traces' rows.

SQLite has a document for some spans of a trace at a time, in an FTS5 table that keeps neither text nor places of words
(`detail=none`): a fifth of the bytes of one that does. A span is then looked through for itself where it matters which
one, or in which order. PostgreSQL has a tsvector a span.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Dialect, Table

from collector.store.dialect import insert_statement, is_sqlite, placeholder, upsert_statement
from collector.store.models import SearchMark
from collector.store.search_source import STAMP
from collector.store.selecting import TraceKey, rows_of_traces

MARK: Table = SearchMark.__table__  # type: ignore[attr-defined]
_SPAN = 8 + STAMP
_LEAST_DEAD = 10_000
_NO_SIGNS = {code: " " for code in range(128) if not chr(code).isalnum()}
"""PostgreSQL would find paths, hosts and tags among them, and refuses NUL."""


@dataclass(frozen=True, slots=True)
class Document:
    key: TraceKey
    spans: tuple[tuple[str, bytes], ...]
    """span_id and stamp of each."""
    text: str
    """Folded, but for capitals of ASCII: these are left to the databases."""


def spans_a_document(dialect: Dialect) -> int:
    return 200 if is_sqlite(dialect) else 1


def mark_for_search(connection: Connection, keys: Collection[TraceKey], *, removed: bool = False) -> None:
    """Has the traces taken in again. removed: something was taken from them, so that the index has to let go first."""
    if not keys:
        return
    if removed:
        drop_documents(connection, keys)
        statement = upsert_statement(connection.dialect, MARK)
    else:
        statement = insert_statement(connection.dialect, MARK, ignore_existing=True)
    now_ns = time.time_ns()
    connection.exec_driver_sql(statement, [(*key, now_ns) for key in sorted(keys)])


def drop_from_search(connection: Connection, keys: Collection[TraceKey]) -> None:
    """Of traces that go: nothing of them is to be taken in any more."""
    drop_documents(connection, keys)
    if keys:
        mark = placeholder(connection.dialect)
        of_trace = f"project_id = {mark} AND trace_id = {mark}"
        connection.exec_driver_sql(f"DELETE FROM search_mark WHERE {of_trace}", list(keys))  # noqa: S608 (our own names)


def indexed_spans(connection: Connection, keys: Collection[TraceKey]) -> Mapping[TraceKey, dict[str, bytes]]:
    """Of each trace, span_id -> stamp of what the index holds."""
    found: defaultdict[TraceKey, dict[str, bytes]] = defaultdict(dict)
    if not is_sqlite(connection.dialect):
        columns = ("project_id", "trace_id", "span_id", "stamp")
        for project_id, trace_id, span_id, stamp in rows_of_traces(connection, "search_document", columns, keys):
            found[project_id, trace_id][span_id] = bytes(stamp)
        return found
    for project_id, trace_id, spans in rows_of_traces(
        connection, "search_part", ("project_id", "trace_id", "spans"), keys
    ):
        pieces = (spans[at : at + _SPAN] for at in range(0, len(spans), _SPAN))
        found[project_id, trace_id].update((piece[:8].hex(), piece[8:]) for piece in pieces)
    return found


def drop_documents(connection: Connection, keys: Collection[TraceKey]) -> None:
    if not keys:
        return
    mark = placeholder(connection.dialect)
    of_trace = f"project_id = {mark} AND trace_id = {mark}"
    if not is_sqlite(connection.dialect):
        connection.exec_driver_sql(f"DELETE FROM search_document WHERE {of_trace}", list(keys))  # noqa: S608
        return
    if _can_delete(connection):
        connection.exec_driver_sql(
            f"DELETE FROM search_text WHERE rowid IN (SELECT number FROM search_part WHERE {of_trace})",  # noqa: S608
            list(keys),
        )
    connection.exec_driver_sql(f"DELETE FROM search_part WHERE {of_trace}", list(keys))  # noqa: S608


def add_documents(connection: Connection, documents: Sequence[Document]) -> None:
    if not documents:
        return
    if not is_sqlite(connection.dialect):
        rows = [(*found.key, *found.spans[0], found.text.translate(_NO_SIGNS)) for found in documents]
        connection.exec_driver_sql(
            "INSERT INTO search_document (project_id, trace_id, span_id, stamp, words) VALUES"
            " (%s, %s, %s, %s, to_tsvector('simple', %s))"
            " ON CONFLICT (project_id, trace_id, span_id) DO UPDATE SET stamp = excluded.stamp, words = excluded.words",
            rows,
        )
        return
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'search_part'").scalar() or 0
    numbered = list(enumerate(documents, last + 1))
    connection.exec_driver_sql(
        "INSERT INTO search_part (number, project_id, trace_id, spans) VALUES (?, ?, ?, ?)",
        [(number, *found.key, _stamps(found)) for number, found in numbered],
    )
    connection.exec_driver_sql(
        "INSERT INTO search_text (rowid, words) VALUES (?, ?)", [(number, found.text) for number, found in numbered]
    )


def _stamps(found: Document) -> bytes:
    return b"".join([bytes.fromhex(span_id) + stamp for span_id, stamp in found.spans])


def is_mostly_dead(connection: Connection) -> bool:
    """Whether most of the index belongs to what is gone. Only where SQLite can't delete from it."""
    if not is_sqlite(connection.dialect) or _can_delete(connection):
        return False
    taken_in, living = (
        connection.exec_driver_sql(f"SELECT {what}").scalar_one()
        for what in ("coalesce(max(id) - min(id) + 1, 0) FROM search_text_docsize", "count(*) FROM search_part")
    )
    return bool(taken_in > 2 * living + _LEAST_DEAD)


def let_go_of_some(connection: Connection, most: int) -> int:
    """Has some traces taken in again; returns how many. With the last of them the index is emptied."""
    rows = connection.exec_driver_sql("SELECT project_id, trace_id FROM search_part ORDER BY number LIMIT ?", (most,))
    keys = {(row[0], row[1]) for row in rows}
    mark_for_search(connection, keys, removed=True)
    if not keys:
        connection.exec_driver_sql("INSERT INTO search_text (search_text) VALUES ('delete-all')")
    return len(keys)


def _can_delete(connection: Connection) -> bool:
    """Whether this file's index forgets words; one made by an SQLite before 3.43 only forgets whose they were."""
    made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'search_text'").scalar_one()
    return "contentless_delete" in made
