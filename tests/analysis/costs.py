"""Builders of cost cells, by hand and by hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from collector.store.records.costs import CostCell, Spend

NAMES = st.sampled_from([None, "a", "b", "c"])


def cell(
    workflow: str | None = "w", model: str | None = "m", source: str | None = "computed", **spend: Any
) -> CostCell:
    return CostCell(
        groups=(workflow,), workflow=workflow, provider="p", model=model, source=source, spend=Spend(**spend)
    )


@st.composite
def spends(draw: st.DrawFn) -> Spend:
    calls = draw(st.integers(1, 1_000))
    errors = draw(st.integers(0, calls))
    if draw(st.booleans()) and draw(st.booleans()):
        return Spend(calls=calls, errors=errors, unpriced_calls=calls)
    sent = draw(st.integers(0, 10**7))
    read = draw(st.integers(0, sent))
    written = draw(st.integers(0, sent - read))
    tokens = {
        "input_tokens": sent,
        "output_tokens": draw(st.integers(0, 10**6)),
        "cache_read_tokens": read,
        "cache_write_tokens": written,
    }
    if draw(st.booleans()):
        return Spend(calls=calls, errors=errors, cost_nusd=draw(st.integers(0, 10**12)), **tokens)
    names = ("input_cost_nusd", "cache_read_cost_nusd", "cache_write_cost_nusd", "output_cost_nusd")
    parts = {name: draw(st.integers(0, 10**12)) for name in names}
    return Spend(calls=calls, errors=errors, cost_nusd=sum(parts.values()), **parts, **tokens)


@st.composite
def cell_lists(draw: st.DrawFn) -> list[CostCell]:
    keys = draw(st.lists(st.tuples(NAMES, NAMES), unique=True, max_size=8))
    found = []
    for workflow, model in keys:
        spend = draw(spends())
        source = None if spend.cost_nusd is None else "computed"
        found.append(
            CostCell(groups=(workflow,), workflow=workflow, provider="p", model=model, source=source, spend=spend)
        )
    return found
