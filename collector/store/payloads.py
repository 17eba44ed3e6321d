"""How payloads lie in the database: compressed with zstandard."""

from __future__ import annotations

from collections.abc import Callable

import zstandard

_LEVEL = 3
_MAX_SIZE = 256 * 2**20
"""No span is larger than a request may be; a frame that claims more is not ours."""


def compressor() -> Callable[[bytes], bytes]:
    """A function that compresses. It belongs to one thread: zstandard's contexts can't be shared."""
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress


def decompressor() -> Callable[[bytes], bytes]:
    """As `decompress`, for many payloads; it belongs to one thread."""
    context = zstandard.ZstdDecompressor()
    return lambda data: context.decompress(data, max_output_size=_MAX_SIZE)


def decompress(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_SIZE)
