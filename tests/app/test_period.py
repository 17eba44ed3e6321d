"""The period picker, and the projects of a scope."""

from __future__ import annotations

from datetime import datetime

import pytest
from streamlit.testing.v1 import AppTest

from app import queries
from app.queries import asking
from app.selection import Selection
from collector.store.records import Scope
from tests.app.conftest import FakeStore, open_page, words
from tests.app.samples import overview, totals

OWN = {"from": "2026-11-21T10:00:00Z", "to": "2026-11-22T09:00:00Z"}


def values(dashboard: AppTest, name: str) -> list[str]:
    value = dashboard.query_params.get(name, [])
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("page", ["home", "traces"])
def test_every_period_can_be_chosen_and_is_in_the_url(dashboard: AppTest, page: str) -> None:
    open_page(dashboard, page)
    for period in ("15m", "1h", "6h", "7d", "30d", "90d"):
        dashboard.segmented_control[0].set_value(period).run()
        assert values(dashboard, "period") == [period]
    assert not dashboard.exception


def test_a_time_of_ones_own_is_asked_for_and_said(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "home", **OWN)
    assert not dashboard.exception
    asked = next(args[0] for name, args in store.asked if name == "overview")
    assert asked.length_ns == 23 * 3_600 * 10**9
    assert "from 21 Nov 10:00 to 22 Nov 09:00" in words(dashboard).replace("\\", "")
    assert "heading for" not in words(dashboard)
    assert dashboard.segmented_control[0].value is None


def test_a_period_takes_the_place_of_a_time_of_ones_own(dashboard: AppTest) -> None:
    open_page(dashboard, "home", **OWN)
    dashboard.segmented_control[0].set_value("7d").run()
    assert (values(dashboard, "period"), values(dashboard, "from"), values(dashboard, "to")) == (["7d"], [], [])


def test_an_empty_time_of_ones_own_says_so(dashboard: AppTest, store: FakeStore) -> None:
    store.overview = overview(now=totals(runs=0))
    open_page(dashboard, "home", **OWN)
    assert "No runs from 21 Nov 10:00 to 22 Nov 09:00" in words(dashboard)
    dashboard.button(key="widen").click().run()
    assert (values(dashboard, "period"), values(dashboard, "from")) == (["30d"], [])


def test_two_times_are_chosen_in_a_form(dashboard: AppTest) -> None:
    open_page(dashboard, "home", **OWN)
    start, end = dashboard.get("date_time_input")
    start.set_value(datetime(2026, 11, 20, 8, 0))
    dashboard.button(key="own_period_show").click().run()
    assert values(dashboard, "from") == ["2026-11-20T08:00:00Z"]
    assert values(dashboard, "to") == [OWN["to"]]
    assert end.value == datetime(2026, 11, 22, 9, 0)


def test_a_project_is_only_to_choose_where_there_are_several(
    dashboard: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_page(dashboard, "home")
    assert "Project" not in [box.label for box in dashboard.selectbox]
    monkeypatch.setattr(queries, "projects", lambda: ("shop", "lab"))
    dashboard.run()
    box = next(box for box in dashboard.selectbox if box.label == "Project")
    box.set_value("lab").run()
    assert values(dashboard, "project") == ["lab"]
    links = [link.proto.query_string for link in dashboard.get("page_link")]
    assert links
    assert all("project=lab" in query for query in links)


def test_a_project_narrows_every_question_and_never_widens_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSGTRACE_PROJECTS", "shop,lab")
    for chosen, scope in ((None, ("shop", "lab")), ("lab", ("lab",)), ("of somebody else", ("shop", "lab"))):
        selection = Selection(project=chosen)
        monkeypatch.setattr(asking.state, "current", lambda selection=selection: selection)
        assert asking.scope() == Scope(scope)
