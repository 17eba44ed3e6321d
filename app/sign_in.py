"""Staying signed in: a signed cookie that no script of a page can read, and the routes that set and clear it.

The gate hands a browser that gave the password a ticket; `TICKET_PATH` turns it into the cookie, since a Streamlit
script can't set one. Both are signed with a key derived from the password, so a new password ends all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

COOKIE = "msgtrace_signed_in"
TICKET_PATH, SIGN_OUT_PATH = "/sign-in", "/sign-out"
COOKIE_S = 30 * 86_400
_TICKET_S = 60
_TICKET, _SIGNED_IN = "ticket", "signed in"


def ticket_url(password: str) -> str:
    """A path that signs the browser in that asks for it within a minute."""
    return f"{TICKET_PATH}/{_sign(_TICKET, password, _TICKET_S)}"


def admits(cookie: str | None, password: str) -> bool:
    """Whether the cookie is one that this server set for the password, and not yet over."""
    return _is_valid(_SIGNED_IN, cookie, password)


def routes(password: Callable[[], str | None]) -> list[Route]:
    async def take_ticket(request: Request) -> Response:
        secret = password()
        if secret is None or not _is_valid(_TICKET, request.path_params["ticket"], secret):
            return Response(status_code=403)
        answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
        answer.set_cookie(
            COOKIE,
            _sign(_SIGNED_IN, secret, COOKIE_S),
            max_age=COOKIE_S,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return answer

    async def sign_out(_request: Request) -> Response:
        answer = RedirectResponse("/", status_code=303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer

    return [Route(f"{TICKET_PATH}/{{ticket}}", take_ticket), Route(SIGN_OUT_PATH, sign_out)]


def _sign(purpose: str, password: str, lifetime_s: int) -> str:
    until = int(time.time()) + lifetime_s
    return f"{until}.{_signature(purpose, until, password)}"


def _is_valid(purpose: str, signed: str | None, password: str) -> bool:
    until, _, signature = (signed or "").partition(".")
    if not (until.isascii() and until.isdigit() and len(until) <= 12 and int(until) > time.time()):
        return False
    return hmac.compare_digest(signature.encode(), _signature(purpose, int(until), password).encode())


def _signature(purpose: str, until: int, password: str) -> str:
    return hmac.new(_key(password), f"{purpose} {until}".encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=4)
def _key(password: str) -> bytes:
    """Slow to derive, so that a stolen cookie is no quick way to guess the password."""
    return hashlib.scrypt(password.encode(), salt=b"msgtrace sign-in", n=2**14, r=8, p=1)
