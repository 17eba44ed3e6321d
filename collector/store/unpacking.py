"""Payloads of many spans, inflated: see `packing` for how they are made."""

from __future__ import annotations

from collector.store.packing import PayloadKey
from collector.store.payloads import decompress

_MOST_BYTES = 64 * 2**20
"""Held inflated: a long trace may have hundreds of megabytes."""


class Unpacked:
    """The payloads that one read has fetched, each with what it is compressed against."""

    def __init__(self) -> None:
        self._stored: dict[PayloadKey, tuple[str | None, bytes]] = {}
        self._inflated: dict[PayloadKey, bytes | None] = {}
        self._bytes = 0

    def add(self, key: PayloadKey, base_id: str | None, spans: bytes) -> None:
        """base_id, spans: of its row."""
        self._stored[key] = base_id, spans

    def missing_bases(self) -> set[PayloadKey]:
        """What has to be added as well, if it is still kept."""
        bases = {(key[0], key[1], base_id) for key, (base_id, _) in self._stored.items() if base_id is not None}
        return bases - self._stored.keys()

    def content(self, key: PayloadKey) -> bytes | None:
        """None when it or what it builds upon is no longer kept: retention may be halfway through a trace."""
        if key in self._inflated:
            return self._inflated[key]
        base_id, spans = self._stored.get(key, (None, None))
        content = None
        if spans is not None and base_id is None:
            content = decompress(spans)
        elif spans is not None:
            base = self.content((key[0], key[1], base_id or ""))
            content = None if base is None else decompress(spans, base)
        if self._bytes > _MOST_BYTES:
            self._inflated, self._bytes = {}, 0
        self._inflated[key] = content
        self._bytes += len(content or b"")
        return content


def cut(content: bytes, start: int | None, length: int | None) -> bytes:
    """A span of it. Before spans were packed, each had a payload to itself."""
    return content if start is None or length is None else content[start : start + length]
