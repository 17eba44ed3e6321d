from __future__ import annotations

import pytest

from app.theme import DARK, KIND_ICONS, KIND_PATHS, LIGHT, OUTCOME_MARKS, Palette

BOTH = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@BOTH
def test_text_can_be_read_on_the_page(palette: Palette) -> None:
    for colour in (
        palette.text,
        palette.muted,
        palette.failed_text,
        palette.recovered_text,
        palette.running_text,
        palette.better_text,
    ):
        assert contrast(colour, palette.background) >= 4.5
    assert contrast(palette.failed_text, palette.failed_row) >= 4.5


@BOTH
def test_text_can_be_read_on_the_bar_of_every_kind(palette: Palette) -> None:
    for kind in palette.kinds:
        assert contrast(palette.on_kind(kind), palette.kind(kind)) >= 4.5


@BOTH
def test_an_unknown_kind_or_outcome_has_a_colour_too(palette: Palette) -> None:
    assert palette.kind("no such kind") == palette.kinds["other"]
    assert palette.outcome("no such outcome") == palette.outcomes["incomplete"]


def test_every_kind_has_a_colour_an_icon_and_a_shape() -> None:
    assert set(KIND_PATHS) == set(KIND_ICONS) == set(LIGHT.kinds) - {"failed"} == set(DARK.kinds) - {"failed"}


def test_every_outcome_has_a_mark_beside_its_colour() -> None:
    assert set(OUTCOME_MARKS) == set(LIGHT.outcomes) == set(DARK.outcomes)
    assert len(set(OUTCOME_MARKS.values())) == len(OUTCOME_MARKS)
