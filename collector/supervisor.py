"""Runs dashboard and sidecar as child processes: starts them, restarts what dies, ends them together."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

import orjson

from collector.config import Settings, child_environment, data_dir
from collector.errors import ConfigurationError

PACKAGE_ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 15.0
_BACK_OFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_STEADY_AFTER_S = 60.0


@dataclass(slots=True)
class Child:
    """A server process that is kept running."""

    name: str
    url: str
    command: Sequence[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    started_at: float = field(default=0.0)
    retry_at: float = field(default=0.0)

    def start(self) -> None:
        # A session of its own, so that Ctrl-C reaches only the supervisor, which then ends both in order.
        self.process = subprocess.Popen(self.command, env=self.environment, cwd=PACKAGE_ROOT, start_new_session=True)
        self.started_at = time.monotonic()

    def is_ready(self) -> bool:
        return probe(self.url) is not None


def server_child(name: str, app: str, *, host: str, port: int, settings: Settings, **environment: str) -> Child:
    """A child that serves `app` with uvicorn. `-P` keeps a user's own `app` or `collector` folder out of its path."""
    command = [sys.executable, "-P", "-m", "collector.serve", app, host, str(port)]
    inherited = child_environment(settings, MSGTRACE_HOST=host, **environment)
    return Child(name, address(host, port), command, inherited)


def address(host: str, port: int) -> str:
    """Where a server that binds to `host` is reached from this machine."""
    return f"http://{_reachable(host)}:{port}"


def supervise(children: Sequence[Child], *, on_ready: Callable[[], None], say: Callable[[str], None]) -> None:
    """Runs the children until SIGINT or SIGTERM. Raises ConfigurationError if they don't come up."""
    stopping = _stop_signals()
    state = _StateFile(children)
    try:
        for child in children:
            child.start()
        state.write()
        _wait_until_ready(children, stopping)
        if not stopping():
            on_ready()
        while not stopping():
            if _revive(children, say):
                state.write()
            time.sleep(0.2)
    finally:
        _end(children)
        state.remove()


def stop_running(say: Callable[[str], None]) -> int:
    """Ends every msgtrace that `msgtrace start` runs for this user; returns how many there were."""
    stopped = 0
    for path, state in _running():
        say(f"stopping msgtrace on {state['url']}")
        for pid in (state["pid"], *state["children"]):
            _terminate(pid)
        path.unlink(missing_ok=True)
        stopped += 1
    return stopped


def probe(url: str) -> dict[str, object] | None:
    """What `/healthz` answers if msgtrace runs at `url`, else None. Another program's answer is None too."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            about = json.load(answer)
    except (OSError, HTTPException, ValueError):
        return None
    return about if isinstance(about, dict) and about.get("service") == "msgtrace" else None


def check_port(host: str, port: int, option: str) -> None:
    """Raises ConfigurationError that says what to do when the port can't be had."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            taken_by_us = probe(f"http://{_reachable(host)}:{port}") is not None
            hint = "msgtrace already runs there: `msgtrace stop` ends it" if taken_by_us else f"choose another {option}"
            raise ConfigurationError(f"port {port} on {host} can't be used ({error.strerror}); {hint}") from error


def _reachable(host: str) -> str:
    """An address under which this machine reaches a server bound to `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)


def _stop_signals() -> Callable[[], bool]:
    received: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda caught, _frame: received.append(caught))
    return lambda: bool(received)


def _wait_until_ready(children: Sequence[Child], stopping: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    for child in children:
        while not child.is_ready() and not stopping():
            assert child.process is not None
            if child.process.poll() is not None:
                raise ConfigurationError(f"the {child.name} ended with status {child.process.returncode}")
            if time.monotonic() > deadline:
                raise ConfigurationError(f"the {child.name} did not come up within {READY_WITHIN_S:.0f} s")
            time.sleep(0.1)


def _revive(children: Sequence[Child], say: Callable[[str], None]) -> bool:
    """Starts again what has died, later after each failure; True if something was started."""
    now = time.monotonic()
    revived = False
    for child in children:
        if child.process is not None and child.process.poll() is not None:
            if now - child.started_at > _STEADY_AFTER_S:
                child.restarts = 0
            wait_s = _BACK_OFF_S[min(child.restarts, len(_BACK_OFF_S) - 1)]
            say(f"the {child.name} ended with status {child.process.returncode}; restarting it in {wait_s:.0f} s")
            child.process, child.retry_at = None, now + wait_s
            child.restarts += 1
        elif child.process is None and now >= child.retry_at:
            child.start()
            revived = True
    return revived


def _end(children: Sequence[Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_WITHIN_S
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class _StateFile:
    """Tells `msgtrace stop` what runs."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children
        self._path = data_dir() / "running" / f"{os.getpid()}.json"

    def write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        pids = [child.process.pid for child in self._children if child.process is not None]
        state = {"pid": os.getpid(), "children": pids, "url": self._children[0].url}
        self._path.write_bytes(orjson.dumps(state))

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)


def _running() -> Iterator[tuple[Path, dict[str, Any]]]:
    """State files of installations that answer; the files of dead ones are removed."""
    for path in sorted((data_dir() / "running").glob("*.json")):
        try:
            state = orjson.loads(path.read_bytes())
            os.kill(state["pid"], 0)
        except (OSError, ValueError, KeyError):
            path.unlink(missing_ok=True)
            continue
        yield path, state


def _terminate(pid: int) -> None:
    deadline = time.monotonic() + STOP_WITHIN_S
    try:
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.1)
    except ProcessLookupError:
        return
