"""What moved the cost from one period to the next, as five steps that add up to the change exactly.

The cost of a period is, summed over workflows and the models in them,

    calls of the workflow x share of the model in them x (input tokens a call x price of an input token
                                                          + output tokens a call x output price + fee a call)

where the price of an input token is that of uncached, cached and written ones by their shares. One factor after the
other is taken from the earlier period to the later: calls (volume), tokens a call, shares of the models (mix), prices,
cache shares. The order is part of the answer, so it is always this one. What a period doesn't tell (the price of a
model that it never called) is taken from the other: then it explains nothing, and the share of the model does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from collector.store.records.costs import CostCell, Spend

STEPS = ("volume", "tokens", "mix", "price", "cache")
Model = tuple[str | None, str | None, bool]
"""Provider, model, and whether its costs were reported without their parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """What one model in one workflow adds to a step."""

    step: str
    workflow: str | None
    provider: str | None
    model: str | None
    nusd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    before_nusd: int
    now_nusd: int
    movers: tuple[Mover, ...]
    """They add up to the change; within a step, the largest first."""

    def step_nusd(self, step: str) -> int:
        return sum(mover.nusd for mover in self.movers if mover.step == step)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Factors:
    """Of one model in one workflow and period. Prices in nano-dollars; None where the period doesn't tell."""

    calls: float = 0.0
    """Of the workflow."""
    share: float | None = None
    """Of the workflow's calls that were this model's."""
    sent: float | None = None
    """Input tokens a call."""
    made: float | None = None
    """Output tokens a call."""
    read: float | None = None
    """Share of the input that came from the cache."""
    written: float | None = None
    price: float | None = None
    read_price: float | None = None
    write_price: float | None = None
    made_price: float | None = None
    fee: float | None = None
    """Nano-dollars a call that no token explains."""

    def cost(self) -> float:
        read, written = self.read or 0.0, self.written or 0.0
        token = (1 - read - written) * (self.price or 0.0)
        token += read * (self.read_price or 0.0) + written * (self.write_price or 0.0)
        a_call = (self.sent or 0.0) * token + (self.made or 0.0) * (self.made_price or 0.0) + (self.fee or 0.0)
        return self.calls * (self.share or 0.0) * a_call


_FIELDS: Mapping[str, tuple[str, ...]] = {
    "volume": ("calls",),
    "tokens": ("sent", "made"),
    "mix": ("share",),
    "price": ("price", "read_price", "write_price", "made_price", "fee"),
    "cache": ("read", "written"),
}


def bridge(before: Sequence[CostCell], now: Sequence[CostCell]) -> Bridge:
    """From cells that don't overlap. Calls without a known cost are in no step."""
    earlier, later = _by_workflow(before), _by_workflow(now)
    movers: list[Mover] = []
    for workflow in sorted({*earlier, *later}, key=lambda name: name or ""):
        movers += _movers(workflow, earlier.get(workflow, {}), later.get(workflow, {}))
    before_nusd, now_nusd = _known(before), _known(now)
    _settle(movers, now_nusd - before_nusd)
    ordered = sorted(movers, key=lambda m: (STEPS.index(m.step), -abs(m.nusd), m.workflow or "", m.model or ""))
    return Bridge(before_nusd=before_nusd, now_nusd=now_nusd, movers=tuple(m for m in ordered if m.nusd))


def _movers(workflow: str | None, earlier: Mapping[Model, Spend], later: Mapping[Model, Spend]) -> list[Mover]:
    calls_before = sum(spend.priced_calls for spend in earlier.values())
    calls_now = sum(spend.priced_calls for spend in later.values())
    movers = []
    for model in sorted({*earlier, *later}, key=lambda m: tuple(str(part or "") for part in m)):
        start, end = _factors(earlier.get(model), calls_before, model), _factors(later.get(model), calls_now, model)
        start, end = _completed(start, end), _completed(end, start)
        at, cost = start, start.cost()
        for step in STEPS:
            at = replace(at, **{name: getattr(end, name) for name in _FIELDS[step]})
            moved, cost = at.cost() - cost, at.cost()
            movers.append(Mover(step=step, workflow=workflow, provider=model[0], model=model[1], nusd=round(moved)))
    return movers


def _factors(spend: Spend | None, workflow_calls: int, model: Model) -> _Factors:
    """The share is unknown for a period without the workflow, and 0 for one in which it called other models."""
    if spend is None or not spend.priced_calls:
        return _Factors(calls=workflow_calls, share=0.0 if workflow_calls else None)
    sent, made, calls = spend.input_tokens or 0, spend.output_tokens or 0, spend.priced_calls
    read, written = spend.cache_read_tokens or 0, spend.cache_write_tokens or 0
    if model[2]:  # one sum for all tokens
        return _Factors(
            calls=workflow_calls,
            share=calls / workflow_calls,
            sent=(sent + made) / calls,
            price=(spend.cost_nusd or 0) / (sent + made) if sent + made else None,
            fee=0.0 if sent + made else (spend.cost_nusd or 0) / calls,
        )
    priced = (
        (spend.input_cost_nusd or 0, sent - read - written),
        (spend.cache_read_cost_nusd or 0, read),
        (spend.cache_write_cost_nusd or 0, written),
        (spend.output_cost_nusd or 0, made),
    )
    prices = [nusd / tokens if tokens > 0 else None for nusd, tokens in priced]
    return _Factors(
        calls=workflow_calls,
        share=calls / workflow_calls,
        sent=sent / calls,
        made=made / calls,
        read=read / sent if sent else None,
        written=written / sent if sent else None,
        price=prices[0],
        read_price=prices[1],
        write_price=prices[2],
        made_price=prices[3],
        fee=sum(nusd for nusd, tokens in priced if tokens <= 0) / calls,
    )


def _completed(factors: _Factors, other: _Factors) -> _Factors:
    """What one period doesn't tell, as the other has it."""
    names = [name for step in STEPS for name in _FIELDS[step]]
    return replace(factors, **{name: getattr(other, name) for name in names if getattr(factors, name) is None})


def _by_workflow(cells: Iterable[CostCell]) -> dict[str | None, dict[Model, Spend]]:
    found: defaultdict[str | None, dict[Model, Spend]] = defaultdict(dict)
    for cell in cells:
        if cell.spend.cost_nusd is not None:
            model = (cell.provider, cell.model, cell.spend.input_cost_nusd is None)
            known = found[cell.workflow].get(model)
            found[cell.workflow][model] = _sum(known, cell.spend) if known else cell.spend
    return found


def _sum(one: Spend, other: Spend) -> Spend:
    names = Spend.__dataclass_fields__
    values = {name: (getattr(one, name), getattr(other, name)) for name in names}
    return Spend(**{name: (a or 0) + (b or 0) for name, (a, b) in values.items() if (a, b) != (None, None)})


def _known(cells: Iterable[CostCell]) -> int:
    return sum(cell.spend.cost_nusd or 0 for cell in cells)


def _settle(movers: list[Mover], change_nusd: int) -> None:
    """Gives the few nano-dollars that rounding left over to the largest, which doesn't feel them."""
    left = change_nusd - sum(mover.nusd for mover in movers)
    if left and movers:
        largest = max(range(len(movers)), key=lambda at: abs(movers[at].nusd))
        movers[largest] = replace(movers[largest], nusd=movers[largest].nusd + left)
