"""Request bodies under limits: how much one may hold, and all of them together."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable
from types import TracebackType

from collector.errors import DecodeError, Overloaded, TooLarge

_GZIP_OR_ZLIB = 47
_CHUNK_BYTES = 256 * 1024


class ByteBudget:
    """The bytes of all requests in flight."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.used = 0

    def reserve(self) -> Reservation:
        return Reservation(self)

    def take(self, count: int) -> None:
        if self.used and self.used + count > self._limit:
            raise Overloaded("too many bytes are in flight")
        self.used += count


class Reservation:
    """What one request holds of the budget; given back when the `with` block ends."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._held = 0

    def __enter__(self) -> Reservation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._budget.used -= self._held

    def take(self, count: int) -> None:
        """Raises Overloaded when the process would hold too much."""
        self._budget.take(count)
        self._held += count


async def read_body(
    chunks: AsyncIterator[bytes], content_encoding: str, *, limit: int, take: Callable[[int], None]
) -> bytes:
    """The body, inflated. The limit holds for the bytes on the wire and for the inflated ones.

    `take` is told of every piece before it is kept, and may refuse it. Raises TooLarge, DecodeError for a broken
    or unknown content encoding, and what `take` raises.
    """
    inflater = _inflater(content_encoding, limit)
    pieces = []
    wire_bytes = 0
    async for chunk in chunks:
        wire_bytes += len(chunk)
        if wire_bytes > limit:
            raise TooLarge(f"the body is larger than {limit} bytes")
        piece = inflater.feed(chunk) if inflater else chunk
        take(len(piece))
        pieces.append(piece)
    if inflater:
        inflater.finish()
    return b"".join(pieces)


def _inflater(content_encoding: str, limit: int) -> Inflater | None:
    name = content_encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        return Inflater(limit)
    raise DecodeError(f"content encoding {name!r} is not supported: use gzip or none")


class Inflater:
    """gzip of one or several members, stopped at the limit before it is inflated."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._total = 0
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._started = False

    def feed(self, data: bytes) -> bytes:
        pieces = []
        while data:
            if self._stream.eof:
                self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                piece = self._stream.decompress(data, min(_CHUNK_BYTES, self._limit - self._total + 1))
            except zlib.error as error:
                raise DecodeError("the body is not the gzip it claims to be") from error
            self._started = True
            self._total += len(piece)
            if self._total > self._limit:
                raise TooLarge(f"the body is larger than {self._limit} bytes when inflated")
            pieces.append(piece)
            data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
        return b"".join(pieces)

    def finish(self) -> None:
        """Raises DecodeError when the stream ended too early. An empty body is an empty request."""
        if self._started and not self._stream.eof:
            raise DecodeError("the gzip body ends too early")
