"""The `msgtrace` command in this process: a new one takes a second to begin, and that is most of what such a test would
do. What has to be a process of its own (signals, servers, what is imported) is one in its tests."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from subprocess import CompletedProcess
from unittest.mock import patch

from sqlalchemy import Connection, Engine, event

from collector.cli import main
from tests.servers import clean_environment


def run_command(*words: str, **environment: str) -> CompletedProcess[bytes]:
    """What it prints and ends with; it sees no settings but these."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    engines: set[Engine] = set()

    def note(connection: Connection) -> None:
        engines.add(connection.engine)

    event.listen(Engine, "engine_connect", note)
    try:
        with (
            patch.dict(os.environ, clean_environment(**environment), clear=True),
            patch.object(sys, "argv", ["msgtrace", *words]),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            main()
    except SystemExit as end:
        code = end.code
    finally:
        event.remove(Engine, "engine_connect", note)
        for engine in engines:
            engine.dispose()
    return CompletedProcess(words, int(code or 0), *map(_bytes, (out, err)))


def run_command_for_text(*words: str, **environment: str) -> CompletedProcess[str]:
    done = run_command(*words, **environment)
    return CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode())


def _bytes(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    found = stream.buffer
    assert isinstance(found, io.BytesIO)
    return found.getvalue()
