"""Forks servers: `python -m tests.forking` is asked by tests/forked.py, a line of JSON each way.

It imports what a dashboard imports before its first page, but no component (one registers with the Streamlit that is
running), reads no setting and starts no thread.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
import traceback
from types import ModuleType
from typing import Any

import altair
import pandas
import uvicorn
import uvicorn.lifespan.on
import uvicorn.loops.auto
import uvicorn.protocols.http.auto
import uvicorn.protocols.websockets.auto

import app.charts
import app.frames
import app.Home
import app.queries
from collector.serve import serve


def _import_all_of(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def _serve(question: dict[str, Any]) -> None:
    """In the child: it has nothing of its parent but what that has imported."""
    os.environ.clear()
    os.environ.update(question["environment"])
    log = os.open(question["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for standard in (sys.stdout, sys.stderr):
        os.dup2(log, standard.fileno())
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    if question["start"] == "dashboard":
        uvicorn.run("app.Home:app", host="127.0.0.1", port=question["port"])
    else:
        serve("collector.main:create_app", "127.0.0.1", question["port"])


def _start(question: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _serve(question)
        code = 0
    except BaseException:  # whatever it is, the child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _how_it_ended(pid: int) -> int | None:
    """The exit code, negative for a signal; None: it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def main() -> None:
    for package in (app.charts, app.frames, app.queries):
        _import_all_of(package)
    altair.Chart(pandas.DataFrame({"x": [1]})).mark_bar().encode(x="x:Q").to_dict()
    gc.freeze()  # what is shared stays shared
    running: set[int] = set()
    for line in sys.stdin:
        question = json.loads(line)
        if "start" in question:
            answer: int | None = _start(question)
            running.add(answer)
        else:
            answer = _how_it_ended(question["ended"])
            if answer is not None:
                running.discard(question["ended"])
        print(json.dumps(answer), flush=True)
    for pid in running:  # who asked is gone
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
