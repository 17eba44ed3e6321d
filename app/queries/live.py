"""What a live page asks beside its content."""

from __future__ import annotations

from urllib.parse import urlencode

from app.queries.asking import ask
from collector.config import get_settings
from collector.store.reads import arrivals as arrival_reads
from collector.store.records import TraceFilter
from collector.tickets import stream_ticket

MOST_ARRIVALS = arrival_reads.MOST
_STREAM_PATH = "/api/v1/stream"


def arrivals(wanted: TraceFilter, since_ns: int) -> int:
    """How many traces that `wanted` means came or grew since then, up to MOST_ARRIVALS."""
    return ask(arrival_reads.count_arrivals, wanted, since_ns)


def stream_url() -> str:
    """Where the browser listens for ticks, with what lets it in for the next minute."""
    ticket = stream_ticket(get_settings())
    return f"{_STREAM_PATH}?{urlencode({'ticket': ticket})}" if ticket else _STREAM_PATH
