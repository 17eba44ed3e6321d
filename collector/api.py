"""The read API: ISO times in, integer nanoseconds out, money in USD, unknown is null."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from collector import __version__
from collector.access import authorize
from collector.analysis.audit import audit
from collector.analysis.inferred import Family
from collector.analysis.receipts import advice, outcome
from collector.analysis.tree import SpanNode, build_tree
from collector.answers import error_answer, json_answer
from collector.api_compare import comparison_answer
from collector.config import Settings
from collector.detail import read_detail
from collector.errors import BadQuery, MsgtraceError, NotFound, StoreUnavailable
from collector.export import File, export_file
from collector.inferred_view import family
from collector.query import Match, Query, Term, dimension_field, exactly, parse
from collector.store.reads.contemporaries import list_contemporaries
from collector.store.reads.freshness import get_freshness
from collector.store.reads.receipts import MAX_LIMIT as MAX_RECEIPTS
from collector.store.reads.receipts import list_receipts
from collector.store.reads.spans import get_span, list_spans
from collector.store.reads.traces import MAX_LIMIT, get_trace, list_traces
from collector.store.records import Period, Scope, SpanDetail, SpanRecord, TraceFilter, TraceSummary

MAX_SPANS = 10_000
MIN_FREE_BYTES = 512 * 2**20
_HEX = re.compile("[0-9a-f]+")
_DIGITS = re.compile("[0-9]{1,18}")
_DIMENSION = "dimension."
_FOREVER_NS = 2**63 - 1

Answer = Callable[[Request], object]

log = logging.getLogger(__name__)


class ReadApi:
    """JSON about traces for people, scripts and tests. The dashboard doesn't use it."""

    def __init__(self, settings: Settings, engine: Engine, *, readiness: Engine | None = None) -> None:
        """readiness: of the database that is written, where `engine` reads another."""
        self._settings = settings
        self._engine = engine
        self._readiness = readiness or engine
        self._scope = Scope(settings.scope)

    async def traces(self, request: Request) -> Response:
        return await self._answer(request, self._list_traces)

    async def trace(self, request: Request) -> Response:
        return await self._answer(request, self._get_trace)

    async def export(self, request: Request) -> Response:
        """Everything that matches, as a file."""
        try:
            authorize(request.headers, self._settings)
            file = await run_in_threadpool(self._export, request.query_params)
        except MsgtraceError as error:
            return error_answer(error)
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return StreamingResponse(file.pieces, media_type=file.media_type, headers=headers)

    async def audit(self, request: Request) -> Response:
        return await self._answer(request, self._audit)

    async def compare(self, request: Request) -> Response:
        return await self._answer(request, self._compare)

    async def span(self, request: Request) -> Response:
        return await self._answer(request, self._get_span)

    async def requests(self, request: Request) -> Response:
        return await self._answer(request, self._list_requests)

    async def health(self, _request: Request) -> Response:
        about = {"service": "msgtrace", "version": __version__, "dashboard_url": self._settings.dashboard_url}
        return json_answer(about)

    async def readiness(self, _request: Request) -> Response:
        """200 only while the database answers and the disk has room."""
        try:
            await run_in_threadpool(get_freshness, self._readiness, self._scope)
            _check_disk(self._settings.sqlite_path)
        except MsgtraceError as error:
            return error_answer(error)
        return json_answer({"ready": True})

    async def _answer(self, request: Request, answer: Answer) -> Response:
        """Reads and writes its JSON in a thread: a large answer would hold ingest for seconds."""
        try:
            authorize(request.headers, self._settings)
            return await run_in_threadpool(lambda: json_answer(answer(request)))
        except MsgtraceError as error:
            return error_answer(error)
        except Exception:
            log.exception("a question could not be answered")
            return json_answer({"error": {"code": "internal", "message": "an internal fault"}}, 500)

    def _list_traces(self, request: Request) -> object:
        given = request.query_params
        wanted = self._filter(given)
        page = list_traces(
            self._engine,
            self._scope,
            wanted,
            sort=given.get("sort", "-start_ns"),
            limit=_limit(given.get("limit"), default=100, most=MAX_LIMIT),
            cursor=given.get("cursor"),
        )
        return {"traces": [asdict(trace) for trace in page.traces], "next_cursor": page.next_cursor}

    def _export(self, given: QueryParams) -> File:
        listing, format = given.get("list", "traces"), given.get("format", "csv")
        return export_file(self._engine, self._scope, self._filter(given), listing, format)

    def _filter(self, given: QueryParams) -> TraceFilter:
        promoted = {dimension.name for dimension in self._settings.promoted}
        query = parse(given.get("q", ""), promoted)
        asked = (*query.terms, *_dimensions(given, promoted))
        return TraceFilter(query=Query(asked), period=_period(given.get("from"), given.get("to")))

    def _get_trace(self, request: Request) -> object:
        trace_id = _id(request, "trace_id", 32)
        limit = _limit(request.query_params.get("limit"), default=MAX_SPANS, most=MAX_SPANS)
        first = _position(request.query_params.get("cursor"))
        summary = get_trace(self._engine, self._scope, trace_id)
        shown = self._spans(summary, infer=request.query_params.get("inferred") in ("1", "true"))
        nodes = build_tree(shown.placed()).nodes
        page = nodes[first : first + limit]
        return {
            "trace": asdict(summary),
            "spans": [_node(node, shown.parents) for node in page],
            "next_cursor": str(first + limit) if first + limit < len(nodes) else None,
        }

    def _list_requests(self, request: Request) -> object:
        given = request.query_params
        limit = _limit(given.get("limit"), default=50, most=MAX_RECEIPTS)
        only_refused = given.get("refused") in ("1", "true")
        found = list_receipts(self._engine, self._scope, limit, only_refused=only_refused)
        return {"requests": [asdict(r) | {"outcome": outcome(r), "advice": advice(r)} for r in found]}

    def _audit(self, request: Request) -> object:
        trace_id = _id(request, "trace_id", 32)
        spans = list_spans(self._engine, self._scope, trace_id)
        if not spans:
            raise NotFound(f"no trace {trace_id}")
        return audit(spans)

    def _compare(self, request: Request) -> object:
        given = request.query_params
        return comparison_answer(self._engine, self._scope, given.get("a"), given.get("b"))

    def _spans(self, trace: TraceSummary, *, infer: bool) -> Family:
        """The trace's spans; if asked for, with those that belong to it by inference."""
        if infer:
            return family(list_contemporaries(self._engine, self._scope, trace), trace.trace_id)
        return Family(list_spans(self._engine, self._scope, trace.trace_id), {})

    def _get_span(self, request: Request) -> object:
        trace_id, span_id = _id(request, "trace_id", 32), _id(request, "span_id", 16)
        return _detail(read_detail(get_span(self._engine, self._scope, trace_id, span_id)))


def _node(node: SpanNode, inferred: Mapping[str, str]) -> dict[str, Any]:
    """A span with what only the tree knows of it. An inferred parent stands apart from what was sent."""
    parent = inferred.get(node.span.span_id)
    place = {"depth": node.depth, "self_ms": node.self_ns / 1e6, "inferred_parent": parent}
    sent = {} if parent is None else {"parent_span_id": None}
    return {**asdict(node.span), **sent, **place}


def _detail(detail: SpanDetail) -> dict[str, Any]:
    record: SpanRecord = detail.record
    whole = {field.name: getattr(detail, field.name) for field in fields(detail) if field.name != "record"}
    return {**asdict(record), **whole}


def _dimensions(given: Mapping[str, str], promoted: Collection[str]) -> tuple[Term, ...]:
    """`dimension.team=payments` as a term of the query."""
    wanted = tuple((key.removeprefix(_DIMENSION), value) for key, value in given.items() if key.startswith(_DIMENSION))
    for name, _ in wanted:
        if name not in promoted:
            raise BadQuery(f"{_DIMENSION}{name}: expected one of {', '.join(sorted(promoted)) or 'none'}")
    return tuple(Match(dimension_field(name), (exactly(value),)) for name, value in wanted)


def _period(start: str | None, end: str | None) -> Period | None:
    if not start and not end:
        return None
    return Period(_time_ns("from", start) if start else 0, _time_ns("to", end) if end else _FOREVER_NS)


def _time_ns(name: str, text: str) -> int:
    try:
        # A plus sign in a query string arrives as a space.
        time = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError as error:
        raise BadQuery(f"{name}: expected an ISO 8601 time such as 2026-11-22T10:00:00Z") from error
    utc = time if time.tzinfo else time.replace(tzinfo=UTC)
    since = utc - datetime(1970, 1, 1, tzinfo=UTC)
    time_ns = ((since.days * 86_400 + since.seconds) * 10**6 + since.microseconds) * 1_000
    return max(0, min(time_ns, _FOREVER_NS))


def _limit(text: str | None, *, default: int, most: int) -> int:
    if text is None:
        return default
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= most:
        raise BadQuery(f"limit: expected a number from 1 to {most}")
    return int(text)


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not _DIGITS.fullmatch(cursor):
        raise BadQuery("cursor: not one that this server handed out")
    return int(cursor)


def _id(request: Request, name: str, length: int) -> str:
    value = str(request.path_params[name]).lower()
    if len(value) != length or not _HEX.fullmatch(value):
        raise NotFound(f"{name} has to be {length} hex characters")
    return value


def _check_disk(path: Path | None) -> None:
    if path is not None and shutil.disk_usage(path.parent).free < MIN_FREE_BYTES:
        raise StoreUnavailable("the disk of the database is nearly full")
