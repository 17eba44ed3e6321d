"""`msgtrace prices`, run as a person does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from sqlalchemy import Engine

from collector.pricing import LISTED
from collector.store.commit import commit
from collector.store.reads.prices import list_overrides
from tests.commands import run_command_for_text
from tests.store.rows import batch, llm

Run = Callable[..., CompletedProcess[str]]
HOSTILE = "[red]x[/red]\x1b[2J"
FROM = "2026-11-01"


@pytest.fixture
def run(writing: Engine, database_url: str, tmp_path: Path) -> Run:
    """Runs `msgtrace prices ...` on a database with three calls: one listed, one not, one hostile."""
    calls = [
        llm(n, 1_000_000, 1_000_000, provider="openai", request_model=model, trace_id=f"{n:032x}", parent=None)
        for n, model in enumerate(("gpt-4o", "my-model", HOSTILE), start=1)
    ]
    for call in calls:
        LISTED.price_span(call)
    commit(writing, [batch(*calls)])

    def msgtrace(*words: str, **settings: str) -> CompletedProcess[str]:
        environment = {"MSGTRACE_DATABASE_URL": database_url, "XDG_DATA_HOME": str(tmp_path / "data"), **settings}
        return run_command_for_text("prices", *words, **environment)

    return msgtrace


def test_a_price_is_set_listed_applied_and_taken_back(run: Run, writing: Engine) -> None:
    done = run("set", "my-model", "--input", "1.25", "--output", "10", "--cache-read", "0.1", "--note", "by hand")
    assert done.returncode == 0, done.stderr
    id = done.stdout.partition(":")[0]
    assert [o.id for o in list_overrides(writing)] == [id]
    listed = run("list").stdout
    assert re.search(rf"{id} +my-model +any +input 1.25, output 10, cache_read 0.1 +by hand", listed)
    assert re.search(rf"openai +my-model +override {id} +1.25 +10 +0.1", listed)
    looked = run("reprice", "--from", FROM, "--to", "2026-12-01", "--dry-run").stdout
    assert re.search(r"2026-11-\d\d +openai +my-model +1 +unknown +11.250000 +\+11.250000 +1 -> 0", looked)
    assert "12.500000 before, 23.750000 after, +11.250000 in all" in looked
    assert "my-model" in run("unpriced").stdout
    assert run("reprice", "--from", FROM).stdout.endswith("spans priced anew: 1\n")
    assert "my-model" not in run("unpriced").stdout
    assert run("reprice", "--from", FROM).stdout == "nothing would change\n"
    assert run("remove", id).returncode == 0
    assert list_overrides(writing) == ()


def test_models_without_a_price_are_shown_with_their_tokens(run: Run) -> None:
    shown = run("unpriced").stdout
    assert re.search(r"openai +my-model +1 +1 +1,000,000 +1,000,000", shown)
    assert "gpt-4o" not in shown


def test_what_spans_say_is_text_to_the_terminal(run: Run) -> None:
    for words in (("unpriced",), ("list",)):
        shown = run(*words).stdout
        assert "[red]x[/red]\ufffd[2J" in shown
        assert "\x1b" not in shown


def test_any_model_can_be_looked_up(run: Run) -> None:
    assert re.search(r"claude-sonnet-4-5 +genai-prices .+ +3 +15", run("list", "claude-sonnet-4-5").stdout)
    assert re.search(r"no-such-model +unknown", run("list", "no-such-model").stdout)


def test_the_file_is_listed_with_the_rest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('[[price]]\nmodel = "my-*"\ndiscount = 10\n')
    shown = run("list", MSGTRACE_PRICES_FILE=str(tmp_path / "p.toml")).stdout
    assert re.search(r"file:1 +my-\* +any +10 % off the listed price", shown)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("set", "m", "--input", "1"), "msgtrace: output: missing"),
        (("set", "m", "--input", "cheap", "--output", "1"), "msgtrace: input: must be a number"),
        (("remove", "none"), "msgtrace: no price with the id none"),
        (("reprice", "--from", "yesterday"), "msgtrace: --from: must be a date"),
        (("reprice", "--from", "2026-02-01", "--to", "2026-01-01"), "msgtrace: --to: must be later than --from"),
    ],
)
def test_what_makes_no_sense_ends_with_one_line(run: Run, words: tuple[str, ...], message: str) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def test_without_a_network_an_update_says_so(run: Run) -> None:
    done = run("update", HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="", no_proxy="")
    assert done.returncode == 2
    assert done.stderr.startswith("msgtrace: the price list could not be fetched from")
    assert done.stderr.endswith("Nothing changed\n")
