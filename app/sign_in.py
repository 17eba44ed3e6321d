"""Staying signed in: a signed cookie that no script of a page can read, and the routes that set and clear it.

The gate hands a browser that gave the password a ticket; `TICKET_PATH` turns it into the cookie, since a Streamlit
script can't set one. Both are signed with a key derived from the password, so a new password ends all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from collector.tickets import is_valid, sign

COOKIE = "msgtrace_signed_in"
TICKET_PATH, SIGN_OUT_PATH = "/sign-in", "/sign-out"
COOKIE_S = 30 * 86_400
_TICKET_S = 60
_TICKET, _SIGNED_IN = "ticket", "signed in"


def ticket_url(password: str) -> str:
    """A path that signs the browser in that asks for it within a minute."""
    return f"{TICKET_PATH}/{sign(_TICKET, password, _TICKET_S)}"


def admits(cookie: str | None, password: str) -> bool:
    """Whether the cookie is one that this server set for the password, and not yet over."""
    return is_valid(_SIGNED_IN, cookie, password)


def routes(password: Callable[[], str | None]) -> list[Route]:
    async def take_ticket(request: Request) -> Response:
        secret = password()
        if secret is None or not is_valid(_TICKET, request.path_params["ticket"], secret):
            return Response(status_code=403)
        answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
        answer.set_cookie(
            COOKIE,
            sign(_SIGNED_IN, secret, COOKIE_S),
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
