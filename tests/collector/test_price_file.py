"""Fetching a newer list, from a server of the test's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from collector.charges import Usage
from collector.errors import Retryable
from collector.price_file import SavedList, fetch_list, find_saved
from collector.pricing import PriceBook
from tests.collector.factories import START_NS

NEWER = [
    {
        "id": "openai",
        "name": "OpenAI",
        "api_pattern": "https://api\\.openai\\.com",
        "model_match": {"starts_with": "gpt-"},
        "models": [
            {
                "id": "gpt-9",
                "match": {"starts_with": "gpt-9"},
                "prices": [
                    {"prices": {"input_mtok": 4, "output_mtok": 8}},
                    {
                        "constraint": {"start_date": "2025-01-01"},
                        "prices": {
                            "input_mtok": {"base": 1.5, "tiers": [{"start": 1000, "price": 3}]},
                            "output_mtok": 2,
                        },
                    },
                ],
            }
        ],
    }
]


class Lists:
    """A server of price lists. `answer` is what it says next."""

    def __init__(self) -> None:
        self.answer: tuple[int, bytes] = (200, json.dumps(NEWER).encode())
        lists = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content = lists.answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/data.json"


@pytest.fixture
def lists() -> Iterator[Lists]:
    served = Lists()
    thread = Thread(target=served.server.serve_forever)
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


def book(path: Path) -> PriceBook:
    return PriceBook(saved_list=find_saved(path))


def test_a_fetched_list_is_used_and_its_version_stored(lists: Lists, tmp_path: Path) -> None:
    path = tmp_path / "data" / "prices.json"
    version = fetch_list(path, lists.url)
    cost = book(path).price("openai", ("gpt-9-mini",), Usage(1_000, 1_000), START_NS)
    assert cost
    assert cost.total_nusd == 1_000 * 1_500 + 1_000 * 2_000
    told = json.loads(cost.price)
    assert (told["source"], told["version"], told["since"]) == ("genai-prices", version, "2025-01-01")
    large = book(path).price("openai", ("gpt-9-mini",), Usage(1_001, 0), START_NS)
    assert large and large.total_nusd == 1_001 * 3_000
    assert book(path).price("anthropic", ("claude-sonnet-4-5",), Usage(1, 1), START_NS) is None
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "answer",
    [(404, b""), (500, b"[]"), (200, b"<html>"), (200, b"{}"), (200, b"[]"), (200, b'[{"id": 3}]')],
    ids=str,
)
def test_an_answer_that_is_no_list_changes_nothing(lists: Lists, tmp_path: Path, answer: tuple[int, bytes]) -> None:
    path = tmp_path / "prices.json"
    fetch_list(path, lists.url)
    before = path.read_bytes()
    lists.answer = answer
    with pytest.raises(Retryable, match="Nothing changed") as refused:
        fetch_list(path, lists.url)
    assert lists.url in str(refused.value)
    assert path.read_bytes() == before


def test_without_a_network_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match=r"could not be fetched from .*127\.0\.0\.1"):
        fetch_list(tmp_path / "prices.json", "http://127.0.0.1:9/data.json")
    assert find_saved(tmp_path / "prices.json") is None


def test_a_list_fetched_again_is_another_one(lists: Lists, tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    fetch_list(path, lists.url)
    first = find_saved(path)
    assert isinstance(first, SavedList)
    fetch_list(path, lists.url)
    assert find_saved(path) != first


def test_a_saved_list_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no price list"):
        SavedList(tmp_path / "none.json", 1).read()
