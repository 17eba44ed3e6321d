"""One message to one channel. Addresses hold secrets: nothing of them gets into an answer or a log."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import apprise
import requests

from collector.alerting.messages import in_words
from collector.errors import BadQuery
from collector.store.records import AlertChannel

TIMEOUT_S = (3.0, 5.0)
RETRIES_S = (5, 15, 60, 300, 900, 3_600, 10_800)
"""After each attempt that failed; after the last one nobody tries any more."""
_log = logging.getLogger("apprise")
_log.propagate = False  # it names addresses
_STATUS = re.compile(r"error=(\d{3})")


def send(channel: AlertChannel, said: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether it was taken, and the answer in words that may be shown."""
    return _post(channel.url, said) if channel.kind == "webhook" else _notify(channel.url, said)


def check_url(kind: str, url: str) -> None:
    """Sends nothing. Raises BadQuery for an address that can't work."""
    if kind == "webhook":
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadQuery("address: a webhook begins with https:// or http://")
    elif _target(url) is None:
        raise BadQuery("address: Apprise knows no service of this form")


def place(kind: str, url: str) -> str:
    """Scheme and host; of other services the name, since their addresses are made of secrets."""
    if kind == "webhook":
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname or ''}" + (f":{parts.port}" if parts.port else "")
    found = _target(url)
    if found is None:
        return "an address that Apprise doesn't know"
    host = urlsplit(url).hostname if kind == "email" else None
    return f"{found.service_name} ({host})" if host else str(found.service_name)


def _post(url: str, said: Mapping[str, Any]) -> tuple[bool, str]:
    headers = {"Content-Type": "application/json", "User-Agent": "msgtrace"}
    try:
        with requests.post(
            url, json.dumps(said), headers=headers, timeout=TIMEOUT_S, allow_redirects=False, stream=True
        ) as answer:
            return 200 <= answer.status_code < 300, f"HTTP {answer.status_code}"
    except requests.Timeout:
        return False, "no answer in time"
    except requests.ConnectionError:
        return False, "no connection"
    except (requests.RequestException, ValueError):
        return False, "the address can't be used"


def _notify(url: str, said: Mapping[str, Any]) -> tuple[bool, str]:
    target = _target(url)
    if target is None:
        return False, "Apprise knows no service of this form"
    title, body = in_words(said)
    with _logged() as lines:
        sent = target.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    if sent:
        return True, "sent"
    status = next((found[1] for line in reversed(lines) if (found := _STATUS.search(line))), None)
    return False, f"HTTP {status}" if status else "refused, or no connection"


def _target(url: str) -> Any:
    return apprise.Apprise.instantiate(url, suppress_exceptions=True)


@contextmanager
def _logged() -> Iterator[list[str]]:
    """What Apprise logs in this thread."""
    lines: list[str] = []
    thread = threading.get_ident()

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == thread:
                lines.append(record.getMessage())

    keeper = Keeper(logging.WARNING)
    _log.addHandler(keeper)
    try:
        yield lines
    finally:
        _log.removeHandler(keeper)
