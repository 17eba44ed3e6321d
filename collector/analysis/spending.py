"""What a cost report says beside its sums: rows by group, where costs come from, and caching."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.store.records.costs import CostCell, Spend


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCost:
    """One row of a report. Money in nano-dollars; None when no call of the group has a known cost."""

    groups: tuple[str | None, ...]
    before_nusd: int | None
    now_nusd: int | None
    runs: int
    """Of now: those whose first call is among these calls."""
    calls: int
    priced_calls: int
    unpriced_calls: int
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caching:
    saved_nusd: int
    """What the tokens read from the cache would have cost more uncached, less what writing them cost."""
    read_share: float | None
    """Cached part of the input tokens, 0 to 1; None without input."""
    could_save_nusd: int
    """More, had every workflow read as large a share from the cache as the best one with the same model did."""


def group_costs(before: Iterable[CostCell], now: Iterable[CostCell]) -> tuple[GroupCost, ...]:
    """One row for each group of either period, the dearest first."""
    earlier, later = _by_group(before), _by_group(now)
    rows = [_row(groups, earlier.get(groups, []), later.get(groups, [])) for groups in {*earlier, *later}]
    return tuple(
        sorted(rows, key=lambda r: (-(r.now_nusd or 0), -(r.before_nusd or 0), tuple(g or "\uffff" for g in r.groups)))
    )


def dearest_run(rows: Iterable[GroupCost], least_runs: int = 3) -> GroupCost | None:
    """The group whose runs cost most on average, among those with some runs; None where nothing is known."""
    known = [row for row in rows if row.now_nusd and row.runs >= least_runs]
    return max(known, key=lambda row: (row.now_nusd or 0) / row.runs, default=None)


def by_source(cells: Iterable[CostCell]) -> dict[str, int]:
    """Nano-dollars by where they come from, the most first; calls of unknown cost are in none."""
    found: defaultdict[str, int] = defaultdict(int)
    for cell in cells:
        if cell.source and cell.spend.cost_nusd:
            found[cell.source] += cell.spend.cost_nusd
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def unpriced_models(cells: Iterable[CostCell]) -> dict[str, int]:
    """Calls of unknown cost by model, the most first."""
    found: defaultdict[str, int] = defaultdict(int)
    for cell in cells:
        if cell.spend.unpriced_calls:
            found[cell.model or "unknown model"] += cell.spend.unpriced_calls
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def caching(cells: Sequence[CostCell]) -> Caching:
    """Of cells whose costs are known by their parts; the others tell nothing of it."""
    known = [cell for cell in cells if cell.spend.input_cost_nusd is not None and cell.spend.input_tokens]
    best: defaultdict[tuple[str | None, str | None], float] = defaultdict(float)
    for cell in known:
        best[cell.provider, cell.model] = max(best[cell.provider, cell.model], _read_share(cell.spend))
    sent = sum(cell.spend.input_tokens or 0 for cell in cells)
    read = sum(cell.spend.cache_read_tokens or 0 for cell in cells)
    return Caching(
        saved_nusd=round(sum(_saved(cell.spend) for cell in known)),
        read_share=read / sent if sent else None,
        could_save_nusd=round(
            sum(_could_save(cell.spend, best[cell.provider, cell.model], known, cell) for cell in known)
        ),
    )


def _row(groups: tuple[str | None, ...], before: Sequence[Spend], now: Sequence[Spend]) -> GroupCost:
    return GroupCost(
        groups=groups,
        before_nusd=_sum(spend.cost_nusd for spend in before),
        now_nusd=_sum(spend.cost_nusd for spend in now),
        runs=sum(spend.runs for spend in now),
        calls=sum(spend.calls for spend in now),
        priced_calls=sum(spend.priced_calls for spend in now),
        unpriced_calls=sum(spend.unpriced_calls for spend in now),
        input_tokens=_sum(spend.input_tokens for spend in now),
        output_tokens=_sum(spend.output_tokens for spend in now),
    )


def _by_group(cells: Iterable[CostCell]) -> dict[tuple[str | None, ...], list[Spend]]:
    found: defaultdict[tuple[str | None, ...], list[Spend]] = defaultdict(list)
    for cell in cells:
        found[cell.groups].append(cell.spend)
    return found


def _read_share(spend: Spend) -> float:
    return (spend.cache_read_tokens or 0) / spend.input_tokens if spend.input_tokens else 0.0


def _uncached_price(spend: Spend) -> float | None:
    """Nano-dollars a token; None where no token was uncached."""
    tokens = (spend.input_tokens or 0) - (spend.cache_read_tokens or 0) - (spend.cache_write_tokens or 0)
    return (spend.input_cost_nusd or 0) / tokens if tokens > 0 else None


def _saved(spend: Spend) -> float:
    price = _uncached_price(spend)
    if price is None:
        return 0.0
    read, written = spend.cache_read_tokens or 0, spend.cache_write_tokens or 0
    return (read + written) * price - (spend.cache_read_cost_nusd or 0) - (spend.cache_write_cost_nusd or 0)


def _could_save(spend: Spend, best_share: float, cells: Sequence[CostCell], cell: CostCell) -> float:
    """At the model's own price for cached tokens, as its best workflow paid it."""
    more = max(0.0, best_share - _read_share(spend)) * (spend.input_tokens or 0)
    price = _uncached_price(spend)
    same = (
        c.spend for c in cells if (c.provider, c.model) == (cell.provider, cell.model) and c.spend.cache_read_tokens
    )
    cached = next(((s.cache_read_cost_nusd or 0) / s.cache_read_tokens for s in same if s.cache_read_tokens), None)
    return more * (price - cached) if price is not None and cached is not None and more else 0.0


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
