"""Figures of a table as people write them. They stay figures, so that a column sorts by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from app.format import NBSP, signed
from app.theme import Palette

Writing = Callable[[Any], str]


def styled_figures(frame: pd.DataFrame, formats: Mapping[str, Writing], judged: Sequence[str], palette: Palette) -> Any:
    """For st.dataframe. Unknown is blank; what is more in one of the `judged` columns is worse."""

    def coloured(shown: pd.DataFrame) -> pd.DataFrame:
        colours = pd.DataFrame("", index=shown.index, columns=shown.columns)
        for name in judged:
            change = shown[name].fillna(0)
            colours.loc[change > 0, name] = f"color:{palette.worse_text}"
            colours.loc[change < 0, name] = f"color:{palette.better_text}"
        return colours

    written: dict[Any, Any] = {name: _or_blank(form) for name, form in formats.items()}
    return frame.style.apply(coloured, axis=None).format(written)


def exact_seconds(value: float) -> str:
    return f"{value:,.3f}{NBSP}s"


def signed_seconds(change: float) -> str:
    shown = round(change, 3)
    return signed(shown, exact_seconds(abs(shown)))


def _or_blank(form: Writing) -> Writing:
    return lambda value: "" if pd.isna(value) else form(value)
