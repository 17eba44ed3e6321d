"""The last requests as rows, and the refusals among them put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from app.format import UNKNOWN, clock, count, cut
from app.frames.listing import Cell, Column, Row, To, words
from collector.analysis.receipts import advice, outcome
from collector.store.records import Receipt

_MARKS = {"stored": "●", "known before": "●", "try again": "↻", "refused": "▲", "not stored": "▲"}
_OTHER_MARK = "◔"
_WHY_LETTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Requests that were refused for the same reason."""

    status: int
    reason: str
    advice: str
    requests: int
    newest_ns: int
    senders: tuple[str, ...]
    """Who sent them, the busiest first: service or client, and the key."""


REQUEST_COLUMNS = (
    Column(id="time", label="Time", help="In your time zone.", width=76, opens=True),
    Column(
        id="answer", label="Answer", help="The HTTP status and what became of it. Only 200 means stored.", width=138
    ),
    words("service", "Service", "service.name of the first span; empty where nothing was read.", 110),
    Column(id="brought", label="Brought", help="Spans or log records in the request.", width=96),
    words(
        "key",
        "Key",
        "The name of the key that came along. Of an unknown one the beginning of its SHA-256.",
        90,
        named=True,
    ),
    words("client", "Client", "What the client calls itself (User-Agent).", 130, named=True),
    words("address", "Came in at", "Port and path.", 136, named=True),
    words("why", "Reason", "As the client was told.", 180),
    words("to_do", "What to do", "To have it stored the next time.", 210),
)


def request_rows(receipts: Sequence[Receipt], zone: tzinfo, to: To) -> list[Row]:
    """One row a request. `to` is asked for the trace that came with it; a request without one leads nowhere."""
    return [_request_row(number, receipt, zone, to) for number, receipt in enumerate(receipts)]


def _request_row(number: int, receipt: Receipt, zone: tzinfo, to: To) -> Row:
    found = outcome(receipt)
    path = cut(receipt.path, 60)
    texts = (
        f"{_MARKS.get(found, _OTHER_MARK)} {receipt.status} {found}",
        cut(receipt.service, 60) if receipt.service else UNKNOWN,
        _brought(receipt) or UNKNOWN,
        receipt.api_key or "none",
        cut(receipt.client, 80) if receipt.client else UNKNOWN,
        f":{receipt.port}{path}" if receipt.port else path,
        cut(receipt.reason, _WHY_LETTERS) if receipt.reason else "",
        advice(receipt) or "",
    )
    answer, *rest = texts
    time = clock(receipt.time_ns, zone)
    return Row(
        id=str(number),
        href=to(receipt.trace_id) if receipt.trace_id else "",
        label=f"{time}, {answer}",
        cells=(
            Cell(time, "", receipt.time_ns),
            Cell(answer, "failed" if receipt.is_refused else "muted" if answer.startswith("●") else "recovered"),
            *(Cell(text, "muted" if text in (UNKNOWN, "none") else "", text.casefold() or None) for text in rest),
        ),
    )


def refusals(receipts: Sequence[Receipt]) -> tuple[Refusal, ...]:
    """By status, reason and what to do, the newest first."""
    groups: dict[tuple[int, str, str], list[Receipt]] = {}
    for receipt in receipts:
        if receipt.is_refused:
            key = (receipt.status, receipt.reason or "", advice(receipt) or "")
            groups.setdefault(key, []).append(receipt)
    return tuple(
        Refusal(
            status=status,
            reason=reason,
            advice=to_do,
            requests=len(found),
            newest_ns=max(r.time_ns for r in found),
            senders=tuple(name for name, _ in Counter(map(_sender, found)).most_common()),
        )
        for (status, reason, to_do), found in groups.items()
    )


def _brought(receipt: Receipt) -> str | None:
    """12 spans, 1 log record; None where it was not read."""
    if receipt.items is None:
        return None
    noun = "log record" if receipt.signal == "logs" else "span"
    return f"{count(receipt.items)} {noun}{'' if receipt.items == 1 else 's'}"


def _sender(receipt: Receipt) -> str:
    name = cut(receipt.service or receipt.client or "an unnamed client", 80)
    return f"{name}, key {receipt.api_key}" if receipt.api_key else name
