"""The download behind Export on the page Traces, for a browser that may see the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from app import sign_in
from collector.answers import error_answer
from collector.config import Settings
from collector.errors import BadQuery, MsgtraceError, Unauthorized
from collector.export import export_file
from collector.query import parse
from collector.store.records import Period, Scope, TraceFilter


@dataclass(frozen=True, slots=True)
class Source:
    engine: Engine
    settings: Settings


def route(source: Callable[[], Source]) -> Route:
    """`source` is asked with every download, since the server opens its database after its routes are made."""

    async def download(request: Request) -> Response:
        try:
            _check(request, source().settings)
            file = await run_in_threadpool(
                export_file, source().engine, Scope(source().settings.scope), *_asked(request, source().settings)
            )
        except MsgtraceError as error:
            return error_answer(error)
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
        return StreamingResponse(file.pieces, media_type=file.media_type, headers=headers)

    return Route("/export", download, methods=["GET"])


def _check(request: Request, settings: Settings) -> None:
    """The cookie of the gate."""
    secret = settings.dashboard_password
    if secret and not sign_in.admits(request.cookies.get(sign_in.COOKIE), secret.get_secret_value()):
        raise Unauthorized("sign in to the dashboard first")


def _asked(request: Request, settings: Settings) -> tuple[TraceFilter, str, str]:
    given = QueryParams(request.url.query)
    wanted = TraceFilter(
        query=parse(given.get("q", ""), {dimension.name for dimension in settings.promoted}),
        period=Period(_ns(given, "from_ns", 0), _ns(given, "to_ns", 2**63 - 1)),
        environments=(given["env"],) if given.get("env") else (),
    )
    return wanted, given.get("list", "traces"), given.get("format", "csv")


def _ns(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) < 2**63):
        raise BadQuery(f"{name}: expected nanoseconds since 1970")
    return int(text)
