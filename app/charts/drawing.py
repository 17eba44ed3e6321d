"""A chart as Vega-Lite reads it: worked out once, shown to every session that sees the same figures."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import pyarrow as pa

Drawing = dict[str, Any]
_PARTS = ("layer", "hconcat", "vconcat")


def drawing(chart: Any) -> Drawing:
    """What `st.vega_lite_chart` takes: the chart without its data, and `datasets` as Arrow tables by name.

    Most of the cost of drawing a page again is what Altair does for this. Uses the chart up. It is not validated
    once more: for every chart a test does.
    """
    tables: dict[str, pa.Table] = {}
    _name_data(chart, {}, tables)
    spec: Drawing = chart.to_dict(validate=False)
    return {**spec, "datasets": tables}


def table_of(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def _name_data(chart: Any, names: dict[int, str], tables: dict[str, pa.Table]) -> None:
    """Puts a name where a frame is, one for a frame that several layers share. Vega-Lite has its own `data_0`."""
    frame = chart.data
    if isinstance(frame, pd.DataFrame):
        name = names.setdefault(id(frame), f"frame_{len(names)}")
        if name not in tables:
            tables[name] = table_of(frame)
        chart.data = alt.NamedData(name)
    for part in _PARTS:
        inner = getattr(chart, part, alt.Undefined)
        if isinstance(inner, list):
            for one in inner:
                _name_data(one, names, tables)
