"""A file in the making: it grows by whole traces, and one that was cut off goes on where it ended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import orjson
import zstandard
from filelock import FileLock, Timeout

from collector.errors import ConfigurationError

PIECE_BYTES = 4 * 2**20
"""So much is compressed, flushed to disk and noted at a time."""
_LEVEL = 9


@dataclass(slots=True)
class Reached:
    """What of FILE.part is whole; lies beside it as FILE.part.json."""

    question: str
    """What was asked for: another question begins anew."""
    bytes: int = 0
    traces: int = 0
    cursor: str | None = None
    """Behind the last of them."""


class Part:
    def __init__(self, file: IO[bytes], note: Path, reached: Reached, *, compressed: bool) -> None:
        self.reached = reached
        self._file = file
        self._note = note
        self._compressed = compressed
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._next = Reached(**asdict(reached))

    def add(self, lines: list[bytes], cursor: str) -> int:
        """One whole trace; returns how many there are now."""
        self._held += lines
        self._held_bytes += sum(map(len, lines))
        self._next.traces, self._next.cursor = self._next.traces + 1, cursor
        if self._held_bytes >= PIECE_BYTES:
            self.flush()
        return self._next.traces

    def flush(self, *, is_last: bool = False) -> bool:
        """What is noted is on disk before. Whether there is anything: a file of no traces is one when it is done."""
        if not (self._next.traces or is_last):
            return False
        piece = b"".join(self._held)
        self._held, self._held_bytes = [], 0
        if self._compressed and (piece or not self._next.bytes):
            piece = zstandard.ZstdCompressor(level=_LEVEL).compress(piece)
        self._file.write(piece)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._next.bytes += len(piece)
        self.reached = Reached(**asdict(self._next))
        whole = self._note.with_name(f"{self._note.name}.new")
        whole.write_bytes(orjson.dumps(asdict(self.reached)))
        os.replace(whole, self._note)
        return True


@contextmanager
def part_of(name: str, question: str) -> Iterator[Part]:
    """The file as far as it has come; it has its name once the block ends, and is readable by its owner only.

    A block that is left early keeps the traces that are whole, for the same question to go on behind them. Raises
    ConfigurationError for a file that can't be written, also while another process writes it.
    """
    path, note = Path(f"{name}.part"), Path(f"{name}.part.json")
    try:
        with _alone(name), os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            reached = _reached(note, question, os.fstat(file.fileno()).st_size)
            file.truncate(reached.bytes)
            file.seek(reached.bytes)
            part = Part(file, note, reached, compressed=name.endswith(".zst"))
            try:
                yield part
            except BaseException:
                if not part.flush():
                    path.unlink()
                raise
            part.flush(is_last=True)
            file.close()  # Windows renames no open file
            os.replace(path, name)
            note.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{name} can't be written: {error.strerror}") from error


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """The system lets go of the lock of a process that ends, however it does."""
    path = Path(f"{name}.part.lock")
    try:
        with FileLock(path, blocking=False, mode=0o600):
            try:
                yield
            finally:
                with suppress(OSError):  # Windows removes no open file
                    path.unlink()  # in the lock: who waits for it sees that it is gone
    except Timeout as error:
        raise ConfigurationError(f"{name} is being written by another export: choose another file, or wait") from error


def _reached(note: Path, question: str, size: int) -> Reached:
    """From the beginning where there is nothing, or nothing of this question."""
    try:
        found = Reached(**orjson.loads(note.read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError, TypeError):
        return Reached(question)
    return found if found.question == question and found.bytes <= size else Reached(question)
