"""How content lies in the database: compressed with zstandard, what is small with a dictionary of its own.

The dictionary (`payloads.zdict`, made by `tests/benchmarks/dictionary.py`) knows the names of attributes and tools that
spans are full of. A frame says which dictionary it needs, so that a new one can stand beside this one; frames without
any, from before there was one, stay readable. A piece of a trace may need the piece before it as well: see `packing`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import local

import zstandard

_LEVEL = 3
_LARGE_LEVEL = 2
"""A quarter less time than level 3, for a hundredth more bytes of what is large."""
_MAX_SIZE = 256 * 2**20
"""No span is larger than a request may be; a frame that claims more is not ours."""
SMALL = 6 * 1024
"""Bytes up to which the dictionary is worth the time that it takes."""
_DICTIONARY = zstandard.ZstdCompressionDict(Path(__file__).with_name("payloads.zdict").read_bytes())
_DICTIONARY.precompute_compress(level=_LEVEL)
_DICTIONARIES = {_DICTIONARY.dict_id(): _DICTIONARY}

Compress = Callable[[bytes], bytes]


class _Contexts(local):
    """A thread's own, since zstandard's can't be shared. To make one takes a quarter of the time of a payload, and
    two to compress with as long as three spans."""

    def __init__(self) -> None:
        small = zstandard.ZstdCompressor(level=_LEVEL, dict_data=_DICTIONARY, write_checksum=True).compress
        large = zstandard.ZstdCompressor(level=_LARGE_LEVEL, write_checksum=True).compress
        self.compress: Compress = lambda data: (small if len(data) <= SMALL else large)(data)
        self.plain = zstandard.ZstdDecompressor()
        self.by_dictionary = {id: zstandard.ZstdDecompressor(dict_data=one) for id, one in _DICTIONARIES.items()}


_CONTEXTS = _Contexts()


def compressor() -> Compress:
    """A function that compresses. It belongs to the thread that asks for it."""
    return _CONTEXTS.compress


def compress_against(base: bytes, data: bytes) -> bytes:
    """Much smaller where the data repeats the base, which is needed to read it again."""
    known = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    return zstandard.ZstdCompressor(level=_LEVEL, dict_data=known, write_checksum=True).compress(data)


def decompress(data: bytes, base: bytes | None = None) -> bytes:
    """base: what it was compressed against."""
    if base is None:
        dict_id = zstandard.get_frame_parameters(data).dict_id
        context = _CONTEXTS.by_dictionary.get(dict_id, _CONTEXTS.plain)
    else:
        known = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        context = zstandard.ZstdDecompressor(dict_data=known)
    return context.decompress(data, max_output_size=_MAX_SIZE)
