from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from collector.store.reads.freshness import get_freshness
from collector.store.reads.receipts import list_receipts
from collector.store.receipts import KEPT, add_receipts
from collector.store.records import Receipt, Scope
from tests.conftest import SCOPE


def receipt(number: int, **changes: Any) -> Receipt:
    values: dict[str, Any] = {
        "project_id": "default",
        "request_id": f"{number:016x}",
        "time_ns": number,
        "signal": "traces",
        "path": "/v1/traces",
        "status": 200,
        "is_refused": False,
        "collector": "host:1",
    }
    return Receipt(**(values | changes))


def refused(number: int, **changes: Any) -> Receipt:
    return receipt(number, status=401, is_refused=True, **changes)


def test_the_newest_requests_come_first(writing: Engine, reading: Engine) -> None:
    add_receipts(writing, [receipt(1), refused(2, reason="no key")])
    add_receipts(writing, [receipt(3)])
    assert [found.time_ns for found in list_receipts(reading, SCOPE)] == [3, 2, 1]
    assert [found.time_ns for found in list_receipts(reading, SCOPE, 2)] == [3, 2]
    assert list_receipts(reading, SCOPE, only_refused=True) == (refused(2, reason="no key"),)


def test_a_busy_service_never_pushes_out_the_one_that_is_refused(writing: Engine, reading: Engine) -> None:
    add_receipts(writing, [refused(1)])
    add_receipts(writing, [receipt(number) for number in range(2, KEPT + 12)])
    found = list_receipts(reading, SCOPE, 2 * KEPT)
    assert len(found) == KEPT + 1
    assert found[-1] == refused(1)
    assert found[-2].time_ns == 12


def test_each_project_has_its_own(writing: Engine, reading: Engine) -> None:
    add_receipts(writing, [receipt(1), receipt(1, project_id="other")])
    assert list_receipts(reading, SCOPE) == (receipt(1),)
    assert len(list_receipts(reading, Scope(("default", "other")))) == 2


def test_pages_are_not_told(writing: Engine, reading: Engine) -> None:
    add_receipts(writing, [receipt(1)])
    assert get_freshness(reading, SCOPE).version == 0
