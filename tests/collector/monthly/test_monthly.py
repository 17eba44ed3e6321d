"""A month's report: one file, true and harmless."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from collector.errors import BadQuery
from collector.monthly import gather, page
from collector.monthly.amounts import adding_up, printed
from collector.monthly.svg import days_svg
from collector.store.commit import commit
from collector.store.reads.invoices import month_period
from tests.conftest import SCOPE
from tests.servers import ROOT, clean_environment
from tests.store.rows import batch, llm

DOLLAR = 10**9
DAY_NS = 86_400 * DOLLAR
OCTOBER = month_period("2026-10", "UTC")
MID_NS = OCTOBER.start_ns + 20 * DAY_NS
HOSTILE = '<script src="//evil.example/x"></script><img src=x onerror=alert(1)>"\'&\u202e</style>'


def call(number: int, usd: float | None, day: float, **changes: Any) -> Any:
    time_ns = OCTOBER.start_ns + int(day * DAY_NS)
    nusd = None if usd is None else round(usd * DOLLAR)
    values: dict[str, Any] = {
        "trace_id": f"{number:032x}",
        "parent": None,
        "start_ns": time_ns,
        "end_ns": time_ns + 1,
        "provider": "openai",
        "request_model": "gpt-5",
        "workflow": "support",
        "cost_nusd": nusd,
        "input_cost_nusd": nusd,
        "cost_source": None if usd is None else "computed",
    }
    return llm(number, **(values | changes))


class Read(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def test_a_running_month_stands_beside_the_same_days_with_a_forecast(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(*(call(n, 1, n) for n in range(20)), call(30, 7, -25), call(31, 100, -2))])
    found = Read(page(gather(reading, SCOPE, "2026-10", "UTC", MID_NS)))
    for said in ("October 2026", "$20.00", "$7.00", "+$13.00", "Forecast for the month", "$30.99"):
        assert said in found.text


def test_a_month_that_is_over_has_no_forecast(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, 2, 3), call(2, 3, -3))])
    found = Read(page(gather(reading, SCOPE, "2026-10", "UTC", OCTOBER.end_ns + 90 * DAY_NS)))
    assert "Forecast" not in found.text
    assert "1 to 31 October 2026" in found.text


def test_unpriced_calls_are_named_and_not_nothing(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, None, 3, request_model="llama"))])
    text = Read(page(gather(reading, SCOPE, "2026-10", "UTC", MID_NS))).text
    assert "unknown" in text
    assert "1 of  llama" in text


def test_an_empty_month_says_so(reading: Engine) -> None:
    assert "No model was called" in Read(page(gather(reading, SCOPE, "2026-10", "UTC", MID_NS))).text


def test_names_from_spans_stay_text_and_nothing_is_asked_of_a_network(writing: Engine, reading: Engine) -> None:
    hostile = {"workflow": HOSTILE, "request_model": HOSTILE, "dimensions": '{"team":"<b onclick=x>"}'}
    commit(writing, [batch(call(1, 2, 3, **hostile), call(2, None, 3, **hostile))])
    content = page(gather(reading, SCOPE, "2026-10", "UTC", MID_NS, ("team",)))
    found = Read(content)
    assert not found.tags & {"script", "img", "link", "iframe", "object", "b onclick", "image", "use", "a"}
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert "<script" in found.text
    style = re.search(rb"<style>(.*?)</style>", content, re.DOTALL)
    assert style
    assert not re.search(rb"url\(|@import|http", style[1])
    assert content.count(b"</style>") == 1


@pytest.mark.parametrize(("month", "said"), [("2026-13", "expected a year"), ("x", "expected"), ("2027-01", "begun")])
def test_a_month_that_is_none_is_refused(reading: Engine, month: str, said: str) -> None:
    with pytest.raises(BadQuery, match=said):
        gather(reading, SCOPE, month, "UTC", MID_NS)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20), st.sampled_from([2, 4]))
def test_what_is_printed_adds_up_as_printed(parts: list[int], digits: int) -> None:
    rounded = adding_up(parts, sum(parts), digits)
    assert sum(rounded) == printed(sum(parts), digits)
    unit = 10 ** (9 - digits)
    assert all(abs(a - b) < 2 * unit for a, b in zip(parts, rounded, strict=True))


@given(st.integers(0, 10**15))
def test_an_axis_reaches_what_it_shows_with_few_lines(nusd: int) -> None:
    drawn = days_svg([1], {(1, 0): nusd}, 1)
    assert 2 <= drawn.count('class="tick"') <= 6
    assert all(float(y) >= 0 for y in re.findall(r' y="(-?[0-9.]+)"', drawn))


def test_the_command_writes_the_file(writing: Engine, database_url: str, tmp_path: Path) -> None:
    commit(writing, [batch(call(1, 2, 3))])
    output = tmp_path / "october.html"
    command = [sys.executable, "-m", "collector.cli", "report", "--month", "2026-10", "-o", str(output)]
    environment = {"MSGTRACE_DATABASE_URL": database_url, "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(**environment), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "$2.00" in Read(output.read_bytes()).text
    wrong = subprocess.run(
        [*command, "--project", "other"], cwd=ROOT, env=clean_environment(**environment), capture_output=True, text=True
    )
    assert wrong.returncode != 0
    assert "expected one of" in wrong.stderr + wrong.stdout
