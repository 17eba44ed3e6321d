from __future__ import annotations

import json

from collector.exceptions import fingerprint, read_exceptions
from tests.collector.factories import event, exception, row

PYTHON = """Traceback (most recent call last):
  File "{home}/app/main.py", line {line}, in main
    ask()
  File "{home}/app/db.py", line 7, in connect
    raise ValueError("down")
ValueError: down
"""
JAVASCRIPT = """TypeError: bad arg
    at ask ({home}/app.js:{line}:232)
    at AsyncLocalStorage.run (node:async_hooks:346:14)
"""


def test_the_same_exception_recorded_twice_stands_once_with_its_longest_stack() -> None:
    found = read_exceptions(
        [
            exception("ValueError", "down", "short"),
            event("log"),
            exception("ValueError", "down", "much longer"),
            exception("RuntimeError", "down"),
        ]
    )
    assert [(e.type, e.message, e.stacktrace) for e in found] == [
        ("ValueError", "down", "much longer"),
        ("RuntimeError", "down", None),
    ]


def test_an_event_without_anything_is_no_exception() -> None:
    assert read_exceptions([event("exception")]) == []


def test_a_span_keeps_types_and_messages_and_the_last_one_decides() -> None:
    span = row(is_error=True, events=[exception("KeyError", "'x'"), exception("ValueError", "m" * 5_000)])
    assert json.loads(span.exceptions or "") == [
        {"type": "KeyError", "message": "'x'"},
        {"type": "ValueError", "message": "m" * 1_024},
    ]
    assert span.exception_type == "ValueError"


def test_an_error_without_an_exception_is_told_by_its_status() -> None:
    span = row({"error.type": "server_error"}, is_error=True, status_message="Error code: 500")
    assert (span.exceptions, span.exception_type) == (None, "server_error")
    assert span.exception_fingerprint == fingerprint("server_error", "Error code: 429", None)


def test_a_span_without_an_error_has_no_fingerprint() -> None:
    assert row({"error.type": "server_error"}).exception_fingerprint is None


def test_fingerprints_ignore_what_changes_from_run_to_run() -> None:
    def of(message: str) -> str:
        return fingerprint("ValueError", message, None)

    assert of("no user 17 at 0x7f3a99") == of("no user 204 at 0x1b2c3d")
    assert of("no row 'alice'") == of('no row "bob"')
    assert of("call 550e8400-e29b-41d4-a716-446655440000 failed") == of(
        "call 123e4567-e89b-12d3-a456-426614174000 failed"
    )
    assert of("no file /home/ana/data/in.csv") == of("no file /srv/b.csv/c")
    assert of("GET https://a.example/x?y=1 failed") == of("GET http://b.example:8080 failed")
    assert of("mail to ana@shop.example bounced") == of("mail to b.o@x.example bounced")
    assert of("request req_011CSxyz failed") == of("request req_9fK2ab7 failed")
    assert of("batch 9fk2ab7q lost") == of("batch 4zz1pq8 lost")
    assert of("timed   out\nafter 3 s") == of("timed out after 30 s")


def test_fingerprints_tell_different_errors_apart() -> None:
    assert fingerprint("ValueError", "down", None) != fingerprint("KeyError", "down", None)
    assert fingerprint("E", "can't read db, won't retry", None) != fingerprint(
        "E", "can't read cache, won't retry", None
    )
    assert fingerprint("E", "either and/or neither", None) != fingerprint("E", "either or neither", None)
    assert fingerprint("ValueError", "no table", None) != fingerprint("ValueError", "no column", None)
    deeper = PYTHON.replace("connect", "read")
    assert fingerprint("E", "m", PYTHON) != fingerprint("E", "m", deeper)


def test_every_span_that_an_exception_passes_has_its_fingerprint() -> None:
    inner = "".join(PYTHON.splitlines(keepends=True)[:1] + PYTHON.splitlines(keepends=True)[3:])
    assert fingerprint("ValueError", "down", inner) == fingerprint("ValueError", "down", PYTHON)


def test_what_a_tool_returned_as_an_error_has_a_fingerprint_of_its_tool_without_its_arguments() -> None:
    def of(tool: str, product: str) -> str | None:
        return row(
            {
                "gen_ai.tool.name": tool,
                "gen_ai.tool.call.arguments": json.dumps({"product": product}),
                "gen_ai.tool.call.result": json.dumps({"error": f"nothing found for {product}"}),
            }
        ).exception_fingerprint

    assert of("stock", "Nord kettle") == of("stock", "Vela rain jacket")
    assert of("stock", "Nord kettle") != of("prices", "Nord kettle")


def test_equal_arguments_have_an_equal_hash() -> None:
    def of(**attributes: str) -> str | None:
        return row({"gen_ai.tool.name": "search", **attributes}).arguments_hash

    assert of(**{"gen_ai.tool.call.arguments": '{"q": 1}'}) == of(**{"gen_ai.tool.call.arguments": '{"q": 1}'})
    assert of(**{"gen_ai.tool.call.arguments": '{"q": 1}'}) != of(**{"gen_ai.tool.call.arguments": '{"q": 2}'})
    assert of() is None


def test_fingerprints_ignore_folders_and_lines_of_a_stack() -> None:
    for stack in (PYTHON, JAVASCRIPT):
        here, there = (stack.format(home=home, line=line) for home, line in (("/home/a", 3), ("/srv", 99)))
        assert fingerprint("E", "m", here) == fingerprint("E", "m", there)
        assert fingerprint("E", "m", here) != fingerprint("E", "m", None)


def test_a_fingerprint_of_hostile_text_comes_quickly_and_is_16_hex_digits() -> None:
    for message in (
        "'" * 100_000,
        "a1" * 50_000,
        "/a" * 50_000,
        "req_1a" * 20_000,
        "a.b@" * 30_000,
        "\ud800" * 10,
        "0x" * 50_000,
    ):
        assert len(fingerprint(message, message, message)) == 16
    for stack in ('File "' * 50_000, "  at (" * 50_000, "at " + "x" * 100_000):
        assert len(fingerprint("E", "m", stack)) == 16


def test_a_stack_trace_in_the_message_is_taken_out_of_it() -> None:
    trace = 'Traceback (most recent call last):\n  File "job.py", line 3, in run\nRuntimeError: boom'
    (found,) = read_exceptions([exception("Exception", f"RuntimeError('boom')\n\n{trace}", "Exception: the same")])
    assert (found.type, found.message, found.stacktrace) == ("Exception", "RuntimeError('boom')", trace)
