"""Finds a msgtrace on this machine, or starts one. Prompts must never reach a stranger's collector."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

OTLP_PORT = 4318
DASHBOARD_PORT = 4321
START_S = 15.0
REQUEST_S = 3.0

_log = logging.getLogger("msgtrace")
_started: list[subprocess.Popen[bytes]] = []  # kept, since a Popen that is collected while it runs gives a warning


@dataclass(frozen=True, slots=True)
class Server:
    """A running msgtrace: the base URL it takes spans on, and its dashboard."""

    base: str
    dashboard_url: str


class Stranger(Exception):
    """Something answers there, and it is not msgtrace."""


def greet(base: str) -> tuple[HTTPConnection, dict[str, Any]]:
    """An open connection to the msgtrace at `base`, to be closed by the caller, and what it says about itself.

    Raises Stranger if something else answers and OSError if nothing does.
    """
    connection = _connect(base)
    try:
        connection.request("GET", f"{urlsplit(base).path}/healthz")
        response = connection.getresponse()
        health = json.loads(response.read(4096)) if response.status == 200 else None
    except (HTTPException, ValueError) as error:
        connection.close()
        raise Stranger(f"{base} is not msgtrace") from error
    except OSError:
        connection.close()
        raise
    if not isinstance(health, dict) or health.get("service") != "msgtrace":
        connection.close()
        raise Stranger(f"{base} is not msgtrace")
    return connection, health


def _connect(base: str) -> HTTPConnection:
    try:
        url = urlsplit(base)
        host, port = url.hostname, url.port
    except ValueError as error:
        raise Stranger(f"{base} is not an address") from error
    if url.scheme not in ("http", "https") or not host:
        raise Stranger(f"{base} is not an http address")
    return (HTTPSConnection if url.scheme == "https" else HTTPConnection)(host, port, timeout=REQUEST_S)


def base_url(endpoint: str) -> str:
    """The server of an OTLP endpoint: with or without its path, people mean the same."""
    return endpoint.rstrip("/").removesuffix("/v1/traces")


def find_given(endpoint: str) -> Server | None:
    """None, with a warning, unless msgtrace answers at `endpoint`."""
    try:
        return _find(base_url(endpoint))
    except (Stranger, OSError) as error:
        _log.warning("Nothing is sent to msgtrace, asked for at %s: %s", endpoint, error)
        return None


def find_local() -> Server | None:
    """The msgtrace on this machine's usual ports, or None."""
    for port in (OTLP_PORT, DASHBOARD_PORT):
        with suppress(Stranger, OSError):
            return _find(f"http://127.0.0.1:{port}")
    return None


def _find(base: str) -> Server:
    connection, health = greet(base)
    connection.close()
    return Server(base, health.get("dashboard_url") or base)


def start_local() -> Server | None:
    """A msgtrace started now, which outlives this program. None, with a warning, if it does not come up."""
    if not _is_free(DASHBOARD_PORT):
        _log.warning("Nothing is sent to msgtrace: another program has its port %d.", DASHBOARD_PORT)
        return None
    command = [sys.executable, "-P", "-m", "collector.cli", "start"]
    if not _is_free(OTLP_PORT):
        # Another OpenTelemetry collector is no obstacle: the dashboard takes spans on its own port too.
        command += ["--otlp-port", str(_free_port())]
    try:
        process, log = _launch(command)
    except OSError as error:
        _log.warning("Nothing is sent to msgtrace: it can't be started: %s", error)
        return None
    give_up_at = time.monotonic() + START_S
    # If the port is taken while ours has ended, another program has started msgtrace at the same time.
    while time.monotonic() < give_up_at and (process.poll() is None or not _is_free(DASHBOARD_PORT)):
        if server := find_local():
            return server
        time.sleep(0.1)
    last_line = log.read_text(errors="replace").strip().rpartition("\n")[2]
    _log.warning("Nothing is sent to msgtrace: it did not start (%s). Its log: %s", last_line, log)
    return None


def _launch(command: list[str]) -> tuple[subprocess.Popen[bytes], Path]:
    """A process in a session of its own, and the file that holds its output."""
    log, log_path = tempfile.mkstemp(prefix="msgtrace-", suffix=".log")
    with os.fdopen(log, "wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    _started.append(process)
    return process, Path(log_path)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
