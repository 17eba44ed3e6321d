"""The servers of tests/servers.py, forked from a process that has imported already what each of them would import: that
takes a second and a half of a core, and is most of what a dashboard of its own costs a test. Linux only: elsewhere a
process that has imported as much can't be forked safely, and each server starts from nothing."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.servers import ROOT, Server, clean_environment, collector, ended, free_port, in_folder, uvicorn_dashboard

DASHBOARD, COLLECTOR = "dashboard", "collector"
_CAN_FORK = sys.platform == "linux"


class Fork:
    """As much of subprocess.Popen as tests use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            self._code = _ask({"ended": self.pid})
        return self._code

    def wait(self, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(["fork", str(self.pid)], timeout)
            time.sleep(0.01)
        return code

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


@contextmanager
def forked_dashboard(folder: Path, **environment: str) -> Iterator[Server]:
    """What `uvicorn app.Home:app` serves."""
    with (_forked if _CAN_FORK else _started)(DASHBOARD, folder, environment) as server:
        yield server


@contextmanager
def forked_collector(folder: Path, **environment: str) -> Iterator[Server]:
    """What `python -m collector.serve collector.main:create_app` serves."""
    with (_forked if _CAN_FORK else _started)(COLLECTOR, folder, environment) as server:
        yield server


def _started(kind: str, folder: Path, environment: dict[str, str]) -> AbstractContextManager[Server]:
    return (uvicorn_dashboard if kind == DASHBOARD else collector)(folder, **environment)


@contextmanager
def _forked(kind: str, folder: Path, environment: dict[str, str]) -> Iterator[Server]:
    port, log = free_port(), folder / f"{kind}.log"
    given = clean_environment(**in_folder(folder, **environment))
    pid = _ask({"start": kind, "port": port, "log": str(log), "environment": given})
    server = Server(Fork(pid), f"http://127.0.0.1:{port}", log)
    with ended(server.process):
        server.wait_until_ready()
        yield server


def _ask(question: dict[str, Any]) -> Any:
    forking = _forking()
    assert forking.stdin is not None
    assert forking.stdout is not None
    forking.stdin.write(json.dumps(question) + "\n")
    forking.stdin.flush()
    return json.loads(forking.stdout.readline())


@cache
def _forking() -> subprocess.Popen[str]:
    """The process that forks, for as long as this one lives."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.forking"],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)
    return process
