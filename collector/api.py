"""The read API: ISO times in, integer nanoseconds out, money in USD, unknown is null."""

from __future__ import annotations

import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from collector.access import authorize
from collector.analysis.audit import audit
from collector.analysis.tree import SpanNode, build_tree
from collector.answers import error_answer, json_answer
from collector.config import VERSION, Settings
from collector.detail import read_detail
from collector.errors import BadQuery, MsgtraceError, NotFound, StoreUnavailable
from collector.store.reads.freshness import get_freshness
from collector.store.reads.spans import get_span, list_spans
from collector.store.reads.traces import MAX_LIMIT, get_trace, list_traces
from collector.store.records import Period, Scope, SpanDetail, SpanRecord, TraceFilter

MAX_SPANS = 10_000
MIN_FREE_BYTES = 512 * 2**20
_HEX = re.compile("[0-9a-f]+")
_FOREVER_NS = 2**63 - 1

Answer = Callable[[Request], Awaitable[object]]


class ReadApi:
    """JSON about traces for people, scripts and tests. The dashboard doesn't use it."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._scope = Scope(settings.scope)

    async def traces(self, request: Request) -> Response:
        return await self._answer(request, self._list_traces)

    async def trace(self, request: Request) -> Response:
        return await self._answer(request, self._get_trace)

    async def audit(self, request: Request) -> Response:
        return await self._answer(request, self._audit)

    async def span(self, request: Request) -> Response:
        return await self._answer(request, self._get_span)

    async def health(self, _request: Request) -> Response:
        about = {"service": "msgtrace", "version": VERSION, "dashboard_url": self._settings.dashboard_url}
        return json_answer(about)

    async def readiness(self, _request: Request) -> Response:
        """200 only while the database answers and the disk has room."""
        try:
            await run_in_threadpool(get_freshness, self._engine, self._scope)
            _check_disk(self._settings.sqlite_path)
        except MsgtraceError as error:
            return error_answer(error)
        return json_answer({"ready": True})

    async def _answer(self, request: Request, answer: Answer) -> Response:
        try:
            authorize(request.headers, self._settings)
            return json_answer(await answer(request))
        except MsgtraceError as error:
            return error_answer(error)

    async def _list_traces(self, request: Request) -> object:
        given = request.query_params
        wanted = TraceFilter(text=given.get("q", ""), period=_period(given.get("from"), given.get("to")))
        page = await run_in_threadpool(
            list_traces,
            self._engine,
            self._scope,
            wanted,
            sort=given.get("sort", "-start_ns"),
            limit=_limit(given.get("limit"), default=100, most=MAX_LIMIT),
            cursor=given.get("cursor"),
        )
        return {"traces": [asdict(trace) for trace in page.traces], "next_cursor": page.next_cursor}

    async def _get_trace(self, request: Request) -> object:
        trace_id = _id(request, "trace_id", 32)
        limit = _limit(request.query_params.get("limit"), default=MAX_SPANS, most=MAX_SPANS)
        first = _position(request.query_params.get("cursor"))
        summary = await run_in_threadpool(get_trace, self._engine, self._scope, trace_id)
        spans = await run_in_threadpool(list_spans, self._engine, self._scope, trace_id)
        nodes = (await run_in_threadpool(build_tree, spans)).nodes
        page = nodes[first : first + limit]
        return {
            "trace": asdict(summary),
            "spans": [_node(node) for node in page],
            "next_cursor": str(first + limit) if first + limit < len(nodes) else None,
        }

    async def _audit(self, request: Request) -> object:
        trace_id = _id(request, "trace_id", 32)
        spans = await run_in_threadpool(list_spans, self._engine, self._scope, trace_id)
        if not spans:
            raise NotFound(f"no trace {trace_id}")
        return await run_in_threadpool(audit, spans)

    async def _get_span(self, request: Request) -> object:
        trace_id, span_id = _id(request, "trace_id", 32), _id(request, "span_id", 16)
        stored = await run_in_threadpool(get_span, self._engine, self._scope, trace_id, span_id)
        return _detail(read_detail(stored))


def _node(node: SpanNode) -> dict[str, Any]:
    """A span with what only the tree knows of it."""
    place = {"depth": node.depth, "self_ms": node.self_ns / 1e6, "inferred_parent": None}
    return {**asdict(node.span), **place}


def _detail(detail: SpanDetail) -> dict[str, Any]:
    record: SpanRecord = detail.record
    whole = {field.name: getattr(detail, field.name) for field in fields(detail) if field.name != "record"}
    return {**asdict(record), **whole}


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
    return ((since.days * 86_400 + since.seconds) * 10**6 + since.microseconds) * 1_000


def _limit(text: str | None, *, default: int, most: int) -> int:
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise BadQuery(f"limit: expected a number from 1 to {most}")
    return int(text)


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal():
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
