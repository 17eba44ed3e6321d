"""Signed and dated permissions: what a browser may show instead of a password or a key that it must not hold.

Each is signed with a key derived from the secret, so a new secret ends all of them, and every process that knows the
secret admits what another one signed.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from functools import lru_cache

from collector.config import Settings

STREAM_TICKET_S = 60
"""An EventSource shows its ticket when it connects, and never again."""
_STREAM = "stream"


def sign(purpose: str, secret: str, lifetime_s: int) -> str:
    until = int(time.time()) + lifetime_s
    return f"{until}.{_signature(purpose, until, secret)}"


def is_valid(purpose: str, signed: str | None, secret: str) -> bool:
    """Whether it was signed for this purpose with this secret, and is not yet over."""
    until, _, signature = (signed or "").partition(".")
    if not (until.isascii() and until.isdigit() and len(until) <= 12 and int(until) > time.time()):
        return False
    return hmac.compare_digest(signature.encode(), _signature(purpose, int(until), secret).encode())


def stream_ticket(settings: Settings) -> str | None:
    """What lets a page listen to the stream of ticks for a minute; None where anybody may."""
    secret = _stream_secret(settings)
    return sign(_STREAM, secret, STREAM_TICKET_S) if secret else None


def admits_to_stream(settings: Settings, ticket: str | None) -> bool:
    secret = _stream_secret(settings)
    return secret is None or is_valid(_STREAM, ticket, secret)


def _stream_secret(settings: Settings) -> str | None:
    """Password and key together: whoever may see pages may listen, on any process of the installation."""
    secrets = [s.get_secret_value() for s in (settings.dashboard_password, settings.api_key) if s]
    return "\n".join(secrets) or None


def _signature(purpose: str, until: int, secret: str) -> str:
    return hmac.new(_key(secret), f"{purpose} {until}".encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=8)
def _key(secret: str) -> bytes:
    """Slow to derive, so that a stolen cookie or ticket is no quick way to guess the secret."""
    return hashlib.scrypt(secret.encode(), salt=b"msgtrace sign-in", n=2**14, r=8, p=1)
