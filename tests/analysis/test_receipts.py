from __future__ import annotations

from typing import Any

import pytest

from collector.analysis.receipts import advice, outcome
from tests.store.test_receipts import receipt


@pytest.mark.parametrize(
    ("answered", "said", "to_do"),
    [
        ({"items": 3}, "stored", None),
        ({"items": 3, "duplicates": 3}, "known before", "same twice"),
        ({"items": 3, "rejected": 1}, "partly stored", "Repair"),
        ({"items": 3, "rejected": 3}, "not stored", "Repair"),
        ({"items": 0}, "nothing in it", "sampler"),
        ({"signal": "metrics"}, "dropped", "OTEL_METRICS_EXPORTER"),
        ({"status": 400}, "refused", "Content-Type"),
        ({"status": 401}, "refused", "No key came along"),
        ({"status": 401, "api_key": "unknown, SHA-256 3fa2c1"}, "refused", "begins with 3fa2c1"),
        ({"status": 404}, "refused", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({"status": 413}, "refused", "MSGTRACE_MAX_BODY_BYTES"),
        ({"status": 415}, "refused", "http/protobuf"),
        ({"status": 429}, "refused", "less often"),
        ({"status": 503}, "try again", "Nothing is lost"),
        ({"status": 418}, "refused", "reason"),
    ],
)
def test_every_answer_says_what_to_do(answered: dict[str, Any], said: str, to_do: str | None) -> None:
    given = receipt(1, **answered)
    assert outcome(given) == said
    assert advice(given) is None if to_do is None else to_do in (advice(given) or "")
