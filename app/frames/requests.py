"""The last requests as rows, and the refusals among them put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

import pandas as pd

from app.format import count, cut, local
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


def request_rows(receipts: Sequence[Receipt], zone: tzinfo) -> pd.DataFrame:
    """Columns: time, answer, service, brought, key, client, address, why, to_do; texts on one line, unknown is None."""
    rows = [
        (
            local(r.time_ns, zone),
            f"{_MARKS.get(outcome(r), _OTHER_MARK)} {r.status} {outcome(r)}",
            cut(r.service, 60) if r.service else None,
            _brought(r),
            r.api_key or "none",
            cut(r.client, 80) if r.client else None,
            f":{r.port}{cut(r.path, 60)}" if r.port else cut(r.path, 60),
            cut(r.reason, _WHY_LETTERS) if r.reason else "",
            advice(r) or "",
        )
        for r in receipts
    ]
    columns = ["time", "answer", "service", "brought", "key", "client", "address", "why", "to_do"]
    return pd.DataFrame(rows, columns=columns)


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
