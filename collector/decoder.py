"""A process that reads requests, so that the writer has the interpreter of its own process to itself.

It is this module: it takes frames on its standard input and answers each on its standard output, in their order, and
ends with its input. It holds nothing: where it is lost, nothing but time is.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import IO, Any, NamedTuple

from collector.dimensions import Dimension
from collector.errors import MsgtraceError
from collector.interpreter import tune_interpreter
from collector.otlp import Encoding
from collector.reading import Reading, read_traces
from collector.store.packing import Bases
from collector.store.rows import SpanRow

if sys.platform == "linux":
    import fcntl

STOP_WITHIN_S = 5.0
_LENGTH = struct.Struct(">Q")
_PIPE_BYTES = 2**20
"""As much as Linux gives: each piece that is read out of a pipe costs a wait for the interpreter."""
_ROOT = Path(__file__).resolve().parents[1]
_COLUMNS = tuple(field.name for field in fields(SpanRow))
_values_of = attrgetter(*_COLUMNS)


class Question(NamedTuple):
    """A request to read."""

    body: bytes
    encoding: Encoding
    project_id: str
    max_spans: int
    dimensions: tuple[Dimension, ...] = ()

    def read(self, bases: Bases | None = None) -> Reading:
        """In this process. bases: of the writer that will store it. Raises DecodeError, TooLarge."""
        return read_traces(
            self.body,
            self.encoding,
            project_id=self.project_id,
            max_spans=self.max_spans,
            dimensions=self.dimensions,
            bases=bases,
        )


class Lost(Exception):
    """The process has ended."""


class DecoderProcess:
    """A running process. Raises OSError, Lost when it can't be had."""

    def __init__(self) -> None:
        # Without -P: the folder it starts in comes first, and that one is ours.
        command = [sys.executable, "-m", "collector.decoder"]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT, bufsize=0)
        assert self._child.stdin and self._child.stdout
        self._to, self._from = self._child.stdin, self._child.stdout
        for pipe in (self._to, self._from):
            _widen(pipe)
        self.pid = self._child.pid
        self._asking, self._hearing = Lock(), Lock()
        self._receive()  # it says when it is ready

    def ask(self, questions: Sequence[Question]) -> list[Reading | MsgtraceError]:
        """One answer each. Threads may share it: while one waits for its answers, another may ask."""
        frame = pickle.dumps([tuple(question) for question in questions], pickle.HIGHEST_PROTOCOL)
        with self._asking:
            try:
                _send(self._to, frame)
            except (OSError, ValueError) as error:
                raise Lost from error
            self._hearing.acquire()  # before another may ask, so that answers are heard in the order of questions
        try:
            answer = self._receive()
        finally:
            self._hearing.release()
        found = pickle.loads(answer)
        return [one if isinstance(one, MsgtraceError) else _unpacked(one) for one in found]

    def end(self) -> None:
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                pipe.close()
        try:
            self._child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _receive(self) -> bytes:
        try:
            return _receive(self._from)
        except (OSError, ValueError) as error:
            raise Lost from error


def serve(given: IO[bytes], out: IO[bytes]) -> None:
    """Answers until there is no more to read."""
    _send(out, b"")
    while True:
        try:
            questions = pickle.loads(_receive(given))
        except Lost:
            return
        _send(out, pickle.dumps([_answer(Question(*one)) for one in questions], pickle.HIGHEST_PROTOCOL))


def _answer(question: Question) -> object:
    try:
        return _packed(question.read())
    except MsgtraceError as error:
        return error


def _packed(reading: Reading) -> tuple[object, ...]:
    """Rows as tuples, since objects take four times as long on their way; of content only what is to be stored."""
    for piece in reading.pieces.values():
        piece.content = None
    rows = list(map(_values_of, reading.spans))
    return rows, reading.pieces, reading.resource_scopes, reading.rejected, reading.event_scores


def _unpacked(found: tuple[Any, ...]) -> Reading:
    rows, *rest = found
    return Reading([_row(values) for values in rows], *rest)


def _row(values: tuple[object, ...]) -> SpanRow:
    """Not by its `__init__`, which takes twice as long to tell sixty names apart."""
    row = SpanRow.__new__(SpanRow)
    for name, value in zip(_COLUMNS, values, strict=True):
        setattr(row, name, value)
    return row


def _send(pipe: IO[bytes], content: bytes) -> None:
    for part in (_LENGTH.pack(len(content)), content):
        rest = memoryview(part)
        while rest:
            rest = rest[pipe.write(rest) :]


def _receive(pipe: IO[bytes]) -> bytes:
    """Raises Lost at the end."""
    (length,) = _LENGTH.unpack(_receive_exactly(pipe, _LENGTH.size))
    return _receive_exactly(pipe, length)


def _receive_exactly(pipe: IO[bytes], length: int) -> bytes:
    parts, missing = [], length
    while missing:
        part = pipe.read(missing)
        if not part:
            raise Lost
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _widen(pipe: IO[bytes]) -> None:
    """Where the system lets us; it is slower without."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the collector, whose end ends this
    tune_interpreter()
    with open(os.dup(1), "wb", buffering=0) as out, open(os.dup(0), "rb", buffering=0) as given:
        os.dup2(2, 1)  # whatever prints must not print into the answers
        with contextlib.suppress(BrokenPipeError):
            serve(given, out)


if __name__ == "__main__":
    main()
