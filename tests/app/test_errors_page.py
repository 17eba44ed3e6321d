from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.commands import errors as commands
from collector.errors import StoreUnavailable
from collector.store.records import ErrorGroups, ErrorRuns, Freshness, NewError
from tests.app.conftest import FakeStore, chosen, column, open_page, parts, words
from tests.app.samples import HOSTILE, NOW_NS
from tests.app.work import detail, error_group, tool_span

FINGERPRINT = error_group().fingerprint


def groups(*found: object, is_cut: bool = False) -> ErrorGroups:
    return ErrorGroups(groups=tuple(found), is_cut=is_cut)  # type: ignore[arg-type]


def test_the_list_says_first_what_is_new(dashboard: AppTest, store: FakeStore) -> None:
    store.error_groups = groups(error_group(), error_group(fingerprint="f2", state="known"))
    open_page(dashboard, "errors", period="7d", env="prod")
    assert not dashboard.exception
    assert dashboard.markdown[0].value == "**2 errors** in the last 7 d: :red[**1 new**], 1 known."
    assert column(dashboard, "error") == ["SchemaError", "SchemaError"]
    period, environment = next(args for name, args in store.asked if name == "groups")
    assert (period.length_ns, environment) == (7 * 86_400 * 10**9, "prod")


def test_a_state_in_the_link_filters(dashboard: AppTest, store: FakeStore) -> None:
    store.error_groups = groups(error_group(), error_group(fingerprint="f2", state="known", type="Old"))
    open_page(dashboard, "errors", state="known")
    assert column(dashboard, "error") == ["Old"]


def test_a_state_that_no_error_has_can_be_left(dashboard: AppTest) -> None:
    open_page(dashboard, "errors", state="resolved")
    assert "Nothing matches" in words(dashboard)
    dashboard.button(key="nothing_here_offer").click().run()
    assert chosen(dashboard, "state") is None
    assert parts(dashboard) == ["error_groups"]


def test_no_error_in_the_period_offers_a_longer_one(dashboard: AppTest, store: FakeStore) -> None:
    store.error_groups = groups()
    open_page(dashboard, "errors", period="1h")
    assert "No errors in the last 1 h" in words(dashboard)
    dashboard.button(key="nothing_here_offer").click().run()
    assert chosen(dashboard, "period") == "30d"


def test_an_empty_database_shows_how_to_send_a_trace(dashboard: AppTest, store: FakeStore) -> None:
    store.freshness = Freshness(any_spans=False, newest_received_ns=None, version=0)
    open_page(dashboard, "errors")
    assert "quick_start" in words(dashboard)


def test_an_outage_says_so(dashboard: AppTest, store: FakeStore) -> None:
    store.outage = True
    open_page(dashboard, "errors", error=FINGERPRINT)
    assert not dashboard.exception
    assert "database can't be reached" in dashboard.error[0].value


def test_an_error_opens_with_its_example_and_its_runs(dashboard: AppTest) -> None:
    open_page(dashboard, "errors", error=FINGERPRINT)
    assert not dashboard.exception
    shown = words(dashboard)
    assert "total_net is not a number" in shown
    assert "File x, line 1" in shown
    assert len(dashboard.get("vega_lite_chart")) == 1
    assert len(parts(dashboard)) == 1


def test_an_error_without_runs_in_the_period_shows_its_last_example(dashboard: AppTest, store: FakeStore) -> None:
    store.error_groups = groups(error_group(runs=0, spans=0, workflows=(), trend=()))
    store.error_runs = ErrorRuns(traces=(), newest_span=None)
    open_page(dashboard, "errors", error=FINGERPRINT)
    assert not dashboard.exception
    assert ("example", ("a" * 32, "b" * 16)) in store.asked


def test_a_returned_error_is_marked_and_shows_what_the_tool_answered(dashboard: AppTest, store: FakeStore) -> None:
    store.error_groups = groups(error_group(kind="returned", type="stock"))
    store.example = detail(record=tool_span(returned_error="none left"), output_text="none left", exceptions=())
    open_page(dashboard, "errors", error=FINGERPRINT)
    assert "returned, not raised" in words(dashboard)
    assert "What the tool answered" in words(dashboard)


def test_a_link_to_an_error_that_is_not_there_says_so(dashboard: AppTest, store: FakeStore) -> None:
    store.error_groups = groups()
    open_page(dashboard, "errors", error="0000000000000000")
    assert "No such error" in words(dashboard)


@pytest.mark.parametrize(
    ("state", "button", "becomes"),
    [
        ("new", "error_known", "known"),
        ("reopened", "error_resolved", "resolved"),
        ("known", "error_resolved", "resolved"),
        ("resolved", "error_reopened", "reopened"),
    ],
)
def test_a_person_can_say_what_became_of_an_error(
    dashboard: AppTest, store: FakeStore, monkeypatch: pytest.MonkeyPatch, state: str, button: str, becomes: str
) -> None:
    said: list[tuple[str, ...]] = []
    monkeypatch.setattr(commands, "set_state", lambda *args: said.append(args))
    store.error_groups = groups(error_group(state=state))
    open_page(dashboard, "errors", error=FINGERPRINT)
    dashboard.button(key=button).click().run()
    assert said == [("default", FINGERPRINT, becomes)]


def test_a_change_that_cannot_be_stored_says_why(dashboard: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: str) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(commands, "set_state", refuse)
    open_page(dashboard, "errors", error=FINGERPRINT)
    dashboard.button(key="error_resolved").click().run()
    assert "disk is full" in dashboard.error[0].value


def test_a_new_error_is_announced_once_with_a_link(dashboard: AppTest, store: FakeStore) -> None:
    store.new_errors = (NewError(fingerprint="f9", type="Boom", message="bad", created_ns=NOW_NS),)
    open_page(dashboard, "home")
    assert not dashboard.toast
    dashboard.run()
    (toast,) = dashboard.toast
    assert "New error: Boom" in toast.value
    assert "(/errors?error=f9)" in toast.value
    told = [args for name, args in store.asked if name == "new_since"]
    store.new_errors = ()
    dashboard.run()
    assert [args for name, args in store.asked if name == "new_since"][len(told) :] == [(NOW_NS,)]


def test_hostile_text_is_shown_as_text(dashboard: AppTest, store: FakeStore) -> None:
    store.error_groups = groups(error_group(type=HOSTILE, message=HOSTILE, workflows=((HOSTILE, 1),)))
    store.new_errors = (NewError(fingerprint="f9", type=HOSTILE, message=HOSTILE, created_ns=NOW_NS),)
    open_page(dashboard, "errors", error=FINGERPRINT).run()
    assert not dashboard.exception
    for element in [*dashboard.markdown, *dashboard.subheader, *dashboard.caption, *dashboard.toast]:
        assert "![x](" not in element.value
