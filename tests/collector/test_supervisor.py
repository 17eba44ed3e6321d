"""`msgtrace start` and `msgtrace stop` as a person runs them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from collector import __version__
from tests.servers import ROOT, Server, clean_environment, free_port, in_folder, running, wait_for


@contextmanager
def started(folder: Path, *options: str) -> Iterator[tuple[Server, str]]:
    """A running `msgtrace start`: its dashboard, and the sidecar's URL."""
    port, otlp_port = free_port(), free_port()
    command = ["-P", "-m", "collector.cli", "start", "--port", str(port), "--otlp-port", str(otlp_port), *options]
    with running(command, port, folder / "start.log", cwd=folder, **in_folder(folder)) as server:
        wait_for(lambda: "is running" in server.log.read_text())
        yield server, f"http://127.0.0.1:{otlp_port}"


def msgtrace(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(**in_folder(folder))
    command = [sys.executable, "-m", "collector.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_start_runs_both_servers_restarts_what_dies_and_stop_ends_them(tmp_path: Path) -> None:
    # A user's own folders must not be taken for ours.
    for name in ("app", "collector"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('a stranger was imported')")
    with started(tmp_path) as (server, sidecar):
        assert answers(server.url)
        assert answers(sidecar)
        state = next((tmp_path / "data" / "msgtrace" / "running").glob("*.json"))
        dashboard_pid, sidecar_pid = orjson.loads(state.read_bytes())["children"]
        os.kill(sidecar_pid, signal.SIGKILL)
        wait_for(lambda: "restarting" in server.log.read_text())
        wait_for(lambda: answers(sidecar))
        assert "stopping msgtrace" in msgtrace(tmp_path, "stop").stdout
        assert server.process.wait(30) == 0
        assert not answers(server.url)
        assert not answers(sidecar)
        with pytest.raises(ProcessLookupError):
            os.kill(dashboard_pid, 0)
    assert "not running" in msgtrace(tmp_path, "stop").stdout


def test_a_taken_port_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ended = msgtrace(tmp_path, "start", "--port", str(other.getsockname()[1]))
    assert (ended.returncode, "choose another --port" in ended.stderr) == (2, True)
    assert "Traceback" not in ended.stderr


def test_demo_fills_an_empty_database_once(tmp_path: Path) -> None:
    with started(tmp_path, "--demo") as (server, _):
        first = server.get("/api/v1/traces?limit=1000")
        assert len(first["traces"]) == 1000
    with started(tmp_path, "--demo") as (server, _):
        assert "not empty" in server.log.read_text()


def test_migrate_says_whether_there_was_something_to_do(tmp_path: Path) -> None:
    assert "brought up to date" in msgtrace(tmp_path, "migrate").stdout
    assert "is up to date" in msgtrace(tmp_path, "migrate").stdout


def test_the_version_is_told(tmp_path: Path) -> None:
    assert msgtrace(tmp_path, "--version").stdout.strip() == f"msgtrace {__version__}"


def test_a_setting_that_cannot_be_is_refused_by_its_name(tmp_path: Path) -> None:
    environment = clean_environment(**in_folder(tmp_path), MSGTRACE_MAX_BODY_BYTES="many")
    command = [sys.executable, "-m", "collector.cli", "migrate"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, "MSGTRACE_MAX_BODY_BYTES" in ended.stderr) == (2, True)
