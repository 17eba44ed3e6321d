"""Real server processes for tests: a collector, a dashboard, or the whole of `msgtrace start`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).parents[1]
READY_WITHIN_S = 60.0


class Process(Protocol):
    """Of subprocess.Popen what tests use."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


@dataclass
class Server:
    process: Process
    url: str
    log: Path
    ready: str = "/readyz"
    """A path that answers 200 once the server is up."""

    def get(self, path: str) -> Any:
        """The JSON that a path answers. Raises urllib.error.HTTPError for a failure."""
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return json.load(answer)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + self.ready, timeout=20) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def wait_until_ready(self) -> None:
        wait_for(lambda: self.is_ready() or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Any, within_s: float = READY_WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def clean_environment(**changes: str) -> dict[str, str]:
    """This process's environment without settings of msgtrace, OpenTelemetry or Streamlit."""
    ours = ("MSGTRACE_", "OTEL_", "OPENAI_", "STREAMLIT_")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)} | changes


@contextmanager
def running(
    command: Sequence[str], port: int, log: Path, *, cwd: Path = ROOT, ready: str = "/readyz", **environment: str
) -> Iterator[Server]:
    """A server that Python runs with these arguments, from the moment it is ready until the block ends."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=cwd,
            env=clean_environment(**environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
    server = Server(process, f"http://127.0.0.1:{port}", log, ready)
    with ended(process):
        server.wait_until_ready()
        yield server


@contextmanager
def ended(process: Process) -> Iterator[None]:
    """Ends it with the block, whatever happens there."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


@contextmanager
def collector(folder: Path, **environment: str) -> Iterator[Server]:
    port = free_port()
    command = ["-m", "collector.serve", "collector.main:create_app", "127.0.0.1", str(port)]
    with running(command, port, folder / "collector.log", **in_folder(folder, **environment)) as server:
        yield server


@contextmanager
def uvicorn_dashboard(folder: Path, **environment: str) -> Iterator[Server]:
    port = free_port()
    command = ["-m", "uvicorn", "app.Home:app", "--host", "127.0.0.1", "--port", str(port)]
    with running(command, port, folder / "dashboard.log", **in_folder(folder, **environment)) as server:
        yield server


@contextmanager
def streamlit_dashboard(folder: Path, *, cwd: Path = ROOT, **environment: str) -> Iterator[Server]:
    port = free_port()
    script = "app/Home.py" if cwd == ROOT else str(ROOT / "app" / "Home.py")
    command = ["-m", "streamlit", "run", script, "--server.port", str(port)]
    with running(command, port, folder / "dashboard.log", cwd=cwd, **in_folder(folder, **environment)) as server:
        yield server


def streamlit_from_elsewhere(folder: Path) -> AbstractContextManager[Server]:
    """Started in a folder that has no configuration of Streamlit."""
    return streamlit_dashboard(folder, cwd=folder)


def in_folder(folder: Path, **environment: str) -> dict[str, str]:
    """Keeps database and state of a server in a folder of the test's own."""
    return {
        "MSGTRACE_DATABASE_URL": f"sqlite:///{folder / 'msgtrace.db'}",
        "XDG_DATA_HOME": str(folder / "data"),
        **environment,
    }
