"""A zstd file as a stream that tells when the file was cut off, which zstandard's own reader doesn't."""

from __future__ import annotations

import io
from typing import IO

import zstandard

from collector.errors import BadQuery

_CHUNK_BYTES = 2**16


class Inflated(io.RawIOBase):
    """Reading raises BadQuery for what is no whole zstd file."""

    def __init__(self, compressed: IO[bytes]) -> None:
        self._compressed = compressed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._is_open = True
        """A frame has begun that has not ended; an empty file has none either."""
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._held:
            chunk = self._compressed.read(_CHUNK_BYTES)
            if not chunk:
                if self._is_open:
                    raise BadQuery("the file ends in the middle: it was cut off")
                return 0
            self._held = memoryview(self._inflate(chunk))
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size

    def _inflate(self, chunk: bytes) -> bytes:
        found = b""
        while chunk:
            if not self._is_open:
                self._frame, self._is_open = zstandard.ZstdDecompressor().decompressobj(), True
            try:
                found += self._frame.decompress(chunk)
            except zstandard.ZstdError as error:
                raise BadQuery(f"no zstd file ({error})") from error
            if not self._frame.eof:
                break
            chunk, self._is_open = self._frame.unused_data, False
        return found
