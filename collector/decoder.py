"""A process that reads requests, so that the writer has the interpreter of its own process to itself.

It is this module: it takes frames on its standard input and answers each on its standard output, in their order, and
ends with its input. It holds nothing: where it is lost, nothing but time is.

It is started from the files as they are then, which an update may have replaced since its parent read them. So its
first message says of which files it is made.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import signal
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import fields, make_dataclass
from itertools import repeat
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

_LENGTH = struct.Struct(">Q")
_PIPE_BYTES = 2**20
"""As much as Linux gives: each piece that is read out of a pipe costs a wait for the interpreter."""
_ROOT = Path(__file__).resolve().parents[1]
_MAIN = """\
import os, sys
if sys.argv[1] not in map(os.path.realpath, sys.path):
    sys.path.insert(0, sys.argv[1])
from collector.decoder import main
main()
"""
"""Also where msgtrace is not installed, but runs from its folder, or another copy of it is installed."""
_COLUMNS = tuple(field.name for field in fields(SpanRow))
_values_of = attrgetter(*_COLUMNS)
_fill: Callable[..., None] = vars(make_dataclass("_Values", _COLUMNS))["__init__"]
"""Takes a row without values, and all of them in their order: that of SpanRow needs twice as long to tell sixty names
apart."""


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


def _loaded() -> frozenset[bytes]:
    """The modules of ours that are loaded, each with a hash of its file: a millisecond for all that reads requests."""
    ours = [(name, module.__file__) for name, module in sys.modules.items() if name.partition(".")[0] == "collector"]
    return frozenset(
        f"{name} {hashlib.blake2b(Path(file).read_bytes(), digest_size=16).hexdigest()}".encode()
        for name, file in ours
        if file
    )


_LOADED = _loaded()
"""By the time this module is read: all that the process needs, in its parent beside others."""


class Lost(Exception):
    """The process has ended."""


class OtherCode(Lost):
    """The process is made of other files than this one: neither may understand what the other says."""


class DecoderProcess:
    """A running process. Raises OSError, Lost, OtherCode when it can't be had."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-c", _MAIN, str(_ROOT)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self._child.stdin and self._child.stdout
        self._to, self._from = self._child.stdin, self._child.stdout
        for pipe in (self._to, self._from):
            _widen(pipe)
        self.pid = self._child.pid
        self._asking, self._hearing = Lock(), Lock()
        try:
            if not _LOADED.issuperset(self._receive().split(b"\n")):  # which it says when it is ready
                raise OtherCode
        except Lost:
            self.end()
            raise

    def ask(self, questions: Sequence[Question]) -> list[Reading | MsgtraceError | None]:
        """One answer each, None where it has none. Threads may share it: while one waits, another may ask."""
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
        return [_unpacked(one) if isinstance(one, tuple) else one for one in found]

    def end(self) -> None:
        """Whoever still waits for an answer finds it lost."""
        self._child.kill()
        with self._asking, self._hearing:  # a pipe that is closed while it is read could be another file by then
            for pipe in (self._to, self._from):
                with contextlib.suppress(OSError):
                    pipe.close()
        self._child.wait()

    def _receive(self) -> bytes:
        try:
            return _receive(self._from)
        except (OSError, ValueError) as error:
            raise Lost from error


def serve(given: IO[bytes], out: IO[bytes]) -> None:
    """Answers until there is no more to read."""
    _send(out, b"\n".join(_LOADED))
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
    except Exception:  # a fault of ours: who asked reads it again, and tells of it
        return None


def _packed(reading: Reading) -> tuple[object, ...]:
    """Columns instead of rows, since a value that all rows share goes but once: half of the columns are unknown.

    Rows as objects would take four times as long on their way. Of content only what is to be stored.
    """
    for piece in reading.pieces.values():
        piece.content = None
    columns = zip(*map(_values_of, reading.spans), strict=True)
    sent = [column[:1] if _is_shared(column) else column for column in columns]
    return len(reading.spans), sent, reading.pieces, reading.resource_scopes, reading.rejected, reading.event_scores


def _is_shared(column: tuple[Any, ...]) -> bool:
    first = column[0]
    return first == column[-1] and column.count(first) == len(column)  # most that are not differ at their ends


def _unpacked(found: tuple[Any, ...]) -> Reading:
    count, sent, *rest = found
    rows = [SpanRow.__new__(SpanRow) for _ in range(count)]
    columns = (column if len(column) == count else repeat(column[0]) for column in sent)
    deque(map(_fill, rows, *columns), maxlen=0)
    return Reading(rows, *rest)


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
