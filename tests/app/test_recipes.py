from __future__ import annotations

import ast
import json
import re

import pytest

from app.components.recipes import Recipe, recipes

ENDPOINT = "http://127.0.0.1:8501"
ALL = [*recipes(ENDPOINT, needs_key=False), *recipes(ENDPOINT, needs_key=True)]


@pytest.mark.parametrize("recipe", [r for r in ALL if r.language == "python"], ids=lambda r: r.key)
def test_python_lines_are_python(recipe: Recipe) -> None:
    assert ast.parse(recipe.code).body


@pytest.mark.parametrize("recipe", ALL, ids=lambda r: r.key)
def test_every_client_sends_to_this_server(recipe: Recipe) -> None:
    assert ENDPOINT in recipe.code


def test_a_key_is_mentioned_only_where_one_is_needed() -> None:
    assert not any("YOUR_KEY" in recipe.code for recipe in recipes(ENDPOINT, needs_key=False))
    assert all("YOUR_KEY" in recipe.code for recipe in recipes(ENDPOINT, needs_key=True))


@pytest.mark.parametrize("needs_key", [False, True])
def test_curl_sends_otlp_as_json(needs_key: bool) -> None:
    curl = recipes(ENDPOINT, needs_key)[-1].code
    body = curl[curl.index("-d '") + 4 :].rstrip("'")
    request = json.loads(re.sub(r"'\$\(\(?[^)]*\)?\)'|'\$now'", "0", body))
    span = request["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    assert {"traceId", "spanId", "name", "startTimeUnixNano", "endTimeUnixNano"} <= span.keys()
