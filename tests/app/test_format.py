from __future__ import annotations

import re
import string
from datetime import timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app import format as text
from tests.app.samples import HOSTILE, NOW_NS

PARIS = timezone(timedelta(hours=1), "CET")
JOINER = "\u2060"


def plain(value: str) -> str:
    return value.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (None, "unknown"),
        (0, "0 ms"),
        (0.42, "0.42 ms"),
        (385, "385 ms"),
        (999.4, "999 ms"),
        (2160, "2.16 s"),
        (9994, "9.99 s"),
        (21_960, "22.0 s"),
        (59_949, "59.9 s"),
        (59_960, "1 min"),
        (134_000, "2 min 14 s"),
        (3_780_000, "1 h 03 min"),
        (187_200_000, "2 d 04 h"),
        (-385, "−385 ms"),
    ],
)
def test_a_duration_has_the_unit_that_fits(ms: float | None, shown: str) -> None:
    assert plain(text.duration(ms)) == shown


@given(st.floats(0, 1e12))
@example(59_999.9)
@example(3_599_600.0)
def test_a_duration_never_shows_sixty_of_a_unit(ms: float) -> None:
    assert re.search(r"\b60 (s|min)\b", plain(text.duration(ms))) is None


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (None, "unknown"),
        (0, "$0"),
        (0.00001, "<$0.0001"),
        (0.0582, "$0.0582"),
        (0.999951, "$1.00"),
        (14.72, "$14.72"),
        (1234.5, "$1,234.50"),
        (-2, "−$2.00"),
    ],
)
def test_money(usd: float | None, shown: str) -> None:
    assert text.money(usd) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(None, "unknown"), (0, "0"), (742, "742"), (9_999, "9,999"), (12_241, "12.2 k"), (7_780_000, "7.78 M")],
)
def test_a_compact_number_keeps_three_digits(number: int | None, shown: str) -> None:
    assert plain(text.compact(number)) == shown


@pytest.mark.parametrize(
    ("now", "before", "shown"),
    [
        (107, 100, "+7 %"),
        (97, 100, "−3 %"),
        (100.2, 100, "0 %"),
        (99.8, 100, "0 %"),
        (5, 0, None),
        (5, None, None),
        (None, 5, None),
        (2400, 100, "×24"),
        (0, 100, "−100 %"),
    ],
)
def test_a_change_against_before(now: float | None, before: float | None, shown: str | None) -> None:
    change = text.change(now, before)
    assert (change and plain(change)) == shown


def test_shares_are_compared_in_points() -> None:
    assert plain(text.points(0.057, 0.051) or "") == "+0.6 pt"
    assert plain(text.points(0.051, 0.057) or "") == "−0.6 pt"
    assert plain(text.points(0.0510, 0.0511) or "") == "0.0 pt"
    assert text.points(None, 0.1) is None


def test_a_time_is_shown_in_the_viewers_zone_and_as_short_as_it_can_be() -> None:
    assert text.clock(NOW_NS, PARIS) == "16:00:00"
    assert text.moment(NOW_NS, PARIS, NOW_NS) == "16:00:00"
    assert text.moment(NOW_NS - 86_400 * 10**9, PARIS, NOW_NS) == "21 Nov 16:00"
    assert text.moment(NOW_NS - 400 * 86_400 * 10**9, PARIS, NOW_NS) == "2025-10-18 16:00"
    assert text.clock(None, PARIS) == "unknown"


@given(st.integers(0, 2**63 - 1))
def test_any_stored_time_can_be_shown(ns: int) -> None:
    assert text.moment(ns, PARIS, NOW_NS)


def test_one_line_drops_what_could_mislead() -> None:
    assert text.one_line("a\n\tb\u202eexe\x00 \u200b c") == "a bexe c"


@given(st.text(alphabet=string.printable + "é漢\u202e", max_size=80))
def test_escaped_text_means_itself_in_markdown(given_text: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parseInline(text.escape_markdown(given_text))
    assert [child.type for child in tokens[0].children or [] if child.type not in ("text", "text_special")] == []
    shown = "".join(child.content for child in tokens[0].children or [])
    assert shown.replace(JOINER, "") == text.one_line(given_text)


def test_escaped_text_holds_no_link_icon_or_emoji() -> None:
    escaped = text.escape_markdown(HOSTILE + " :material/home: https://evil.example a@evil.example")
    shown = escaped.replace("\\", "")
    for trap in ("http://", "https://", ":smile:", ":material/", ":red[", "www.", "a@evil"):
        assert trap not in shown


def test_a_figure_is_escaped_without_invisible_characters() -> None:
    assert text.escape_markdown("$15.80, 4.4 %") == "\\$15\\.80\\, 4\\.4 \\%"


def test_a_preview_is_cut_with_an_ellipsis_where_the_cell_ends() -> None:
    assert text.fit("short", 200) == "short"
    assert text.fit(None, 200) is None
    cut = text.fit("a long preview that can't stand in a narrow cell", 100)
    assert cut is not None
    assert cut.endswith("…")
    assert 5 < len(cut) < 20


@given(st.text(max_size=60), st.integers(40, 300))
def test_a_wider_cell_never_shows_less(given_text: str, width_px: int) -> None:
    narrow, wide = text.fit(given_text, width_px), text.fit(given_text, width_px + 20)
    assert narrow is not None
    assert wide is not None
    assert len(wide) >= len(narrow)


@given(st.text(max_size=60), st.integers(1, 40))
def test_cut_text_is_no_longer_than_asked_for(given_text: str, length: int) -> None:
    assert len(text.cut(given_text, length)) <= length


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
def test_rounded_parts_add_up_to_the_rounded_total(parts: list[float]) -> None:
    rounded = text.round_parts(parts)
    assert sum(round(part * 100) for part in rounded) == round(sum(part * 100 for part in parts))
    assert all(abs(a - b) < 0.0101 for a, b in zip(rounded, parts, strict=True))


def test_plurals() -> None:
    assert text.plural(1, "run") == "1 run"
    assert text.plural(1200, "run") == "1,200 runs"
    assert text.plural(2, "kind of error", "kinds of error") == "2 kinds of error"
