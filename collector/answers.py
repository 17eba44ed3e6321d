"""What msgtrace's own API answers: JSON, and errors as `{"error": {"code", "message"}}` with a right status."""

from __future__ import annotations

import orjson
from starlette.responses import Response

from collector.errors import MsgtraceError, NotFound, Retryable, TooLarge, Unauthorized, UnsupportedMediaType

RETRY_AFTER_S = 1
_STATUSES: dict[type[MsgtraceError], int] = {
    Retryable: 503,
    Unauthorized: 401,
    NotFound: 404,
    TooLarge: 413,
    UnsupportedMediaType: 415,
}


def json_answer(content: object, status: int = 200) -> Response:
    body = orjson.dumps(content, default=_readable, option=orjson.OPT_NON_STR_KEYS)
    return Response(body, status, media_type="application/json")


def error_answer(error: MsgtraceError) -> Response:
    status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 400)
    response = json_answer({"error": {"code": error.code, "message": str(error)}}, status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _readable(value: object) -> object:
    """Attribute values that JSON has no word for."""
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)
