"""Who may ask: the API key, the Host header, and public addresses without protection."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.config import Settings, is_loopback
from collector.errors import Unauthorized

OPEN_PATHS = ("/healthz", "/readyz", "/_stcore/health")
"""For load balancers and `quick_start()`: they tell nothing about traces."""
STREAM_PATH = "/api/v1/stream"
"""Listened to by the dashboard's pages and by API clients alike: what guards either guards it."""
COLLECTOR_PREFIXES = ("/v1/", "/api/", "/metrics")


def authorize(headers: Headers, settings: Settings) -> str:
    """The project a request writes to or reads from. Raises Unauthorized without the key, in constant time.

    Reads headers only, so that a stranger's body is never read.
    """
    if settings.api_key is not None and not _is_right(_bearer(headers), settings.api_key):
        raise Unauthorized("send the API key as `Authorization: Bearer <key>`")
    return settings.scope[0]


def named_key(headers: Headers, settings: Settings) -> str | None:
    """What the key that came along can be called where people read it: the setting it is, or the first digits of a
    stranger's hash, enough to tell two apart and too few to find the key by. None without one."""
    given = _bearer(headers)
    if given is None:
        return None
    if settings.api_key is not None and _is_right(given, settings.api_key):
        return "MSGTRACE_API_KEY"
    return f"unknown, SHA-256 {hashlib.sha256(given.encode()).hexdigest()[:6]}"


def _bearer(headers: Headers) -> str | None:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" and given.strip() else None


def _is_right(given: str | None, expected: SecretStr) -> bool:
    """In constant time."""
    return given is not None and hmac.compare_digest(given.encode(), expected.get_secret_value().encode())


class AccessGuard:
    """Answers what no page or route may: foreign Host headers, and a public address without key or password."""

    def __init__(self, app: ASGIApp, settings: Callable[[], Settings]) -> None:
        self._app = app
        self._settings = settings
        self._by_host: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        settings = self._settings()
        if reason := _exposed(scope, settings):
            await _forbid(reason, scope, receive, send)
            return
        if self._by_host is None:
            self._by_host = TrustedHostMiddleware(self._app, allowed_hosts=settings.trusted_hosts, www_redirect=False)
        await self._by_host(scope, receive, send)


def _exposed(scope: Scope, settings: Settings) -> str | None:
    """Why this request must not be answered: strangers can reach the address and nothing guards it."""
    path = scope["path"]
    if settings.insecure or path in OPEN_PATHS or _is_local(scope, settings):
        return None
    if path == STREAM_PATH and settings.dashboard_password is not None:
        return None
    if path.startswith(COLLECTOR_PREFIXES) or (path == "/" and scope.get("method") == "POST"):
        missing, guarded = "MSGTRACE_API_KEY", settings.api_key is not None
    else:
        missing, guarded = "MSGTRACE_DASHBOARD_PASSWORD", settings.dashboard_password is not None
    if guarded:
        return None
    return (
        f"This msgtrace listens on a public address without {missing}. Set it, bind to 127.0.0.1 "
        "as `msgtrace start` does, or set MSGTRACE_INSECURE=1 to serve everybody."
    )


def _is_local(scope: Scope, settings: Settings) -> bool:
    if settings.host is not None and not is_loopback(settings.host):
        return False
    address, port = scope.get("server") or (None, None)
    return port is None or address is None or is_loopback(address)


async def _forbid(reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason[:120]})
        return
    wants_json = scope["path"].startswith(COLLECTOR_PREFIXES)
    if wants_json:
        response = JSONResponse({"error": {"code": "forbidden", "message": reason}}, status_code=403)
        await response(scope, receive, send)
    else:
        await PlainTextResponse(reason, status_code=403)(scope, receive, send)
