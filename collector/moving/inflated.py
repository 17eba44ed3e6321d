"""A zstd file as a stream that tells when the file was cut off, which zstandard's own reader doesn't."""

from __future__ import annotations

import io
from typing import IO

import zstandard

from collector.errors import BadQuery

_CHUNK_BYTES = 2**11
"""Of the file, at once: at worst it inflates to 32,768 times as much."""
_MAGIC = b"\x28\xb5\x2f\xfd"


def opened(file: IO[bytes], most_bytes: int | None = None) -> IO[bytes]:
    """What is in a file that can be rewound: inflated, if it begins as a zstd file does.

    Reading raises BadQuery for one that is cut off, and for one that inflates to more than `most_bytes`.
    """
    file.seek(0)
    is_compressed = is_zstd(file.read(len(_MAGIC)))
    file.seek(0)
    return io.BufferedReader(Inflated(file, most_bytes)) if is_compressed else file


def is_zstd(beginning: bytes) -> bool:
    return beginning.startswith(_MAGIC)


class Inflated(io.RawIOBase):
    """Reading raises BadQuery for what is no whole zstd file."""

    def __init__(self, compressed: IO[bytes], most_bytes: int | None = None) -> None:
        self._compressed = compressed
        self._left = most_bytes
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
            if self._left is not None:
                self._left -= len(self._held)
                if self._left < 0:
                    raise BadQuery("it inflates to more than may be read here: use msgtrace import on the server")
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
