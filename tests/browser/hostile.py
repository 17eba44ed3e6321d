"""What a span may hold that wants to be more than text. Each payload has a word of its own that can be looked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.browser.test_main_job import LLM
from tests.collector.otlp_requests import proto_span

MARK = "h0st1le"
"""Stands in every payload: where it is found inside of markup, the payload became some."""
EVIL = "http://evil.example"
SCRIPTS = "window.hacked=1"

PAYLOADS: tuple[str, ...] = (
    # markdown
    f"![{MARK}]({EVIL}/a.png)",
    f"![{MARK}][ref]\n\n[ref]: {EVIL}/b.png",
    f"[{MARK}](javascript:{SCRIPTS})",
    f"[{MARK}]({EVIL})",
    f"<{EVIL}/{MARK}>",
    f"{EVIL}/{MARK} www.evil.example/{MARK} {MARK}@evil.example",
    f"# {MARK}\n## {MARK}",
    f"*{MARK}* ~~{MARK}~~ **{MARK}** `{MARK}`",
    f"> {MARK}\n> quoted",
    f"- {MARK}\n1. {MARK}\n- [ ] {MARK}",
    f"| {MARK} | b |\n|---|---|\n| 1 | {MARK} |",
    f"```html\n<b>{MARK}</b>\n```",
    f"{MARK}\n===\n---",
    f"[^1]: {MARK}",
    # Streamlit's own
    f":red[{MARK}] :blue-background[{MARK}] :rainbow[{MARK}] :small[{MARK}]",
    f":material/home: {MARK}",
    f":smile: :skull: {MARK} :+1:",
    f":streamlit: {MARK}",
    f"$x^2 {MARK}$",
    f"$$\\int {MARK}$$",
    f"\\({MARK}\\) \\[{MARK}\\]",
    f"{MARK} -> <- -- >= (c) (tm)",
    # HTML and scripts
    f"<b class={MARK}>{MARK}</b>",
    f"<img src={EVIL}/c.png onerror={SCRIPTS} alt={MARK}>",
    f"<script>{SCRIPTS};/*{MARK}*/</script>",
    f"<style>@import url({EVIL}/{MARK}.css);*{{display:none}}</style>",
    f"<svg onload={SCRIPTS}><text>{MARK}</text></svg>",
    f'"><iframe src={EVIL}/{MARK}></iframe>',
    f"<a href='javascript:{SCRIPTS}'>{MARK}</a>",
    f"<meta http-equiv=refresh content='0;url={EVIL}/{MARK}'>",
    f"<link rel=stylesheet href={EVIL}/{MARK}.css>",
    f"<object data={EVIL}/{MARK}></object><embed src={EVIL}/{MARK}>",
    f"<form action={EVIL}><button>{MARK}</button></form>",
    f"<video src={EVIL}/{MARK}.mp4 autoplay><source onerror={SCRIPTS}></video>",
    f"<base href={EVIL}/>{MARK}",
    f"</script><script>{SCRIPTS}</script>{MARK}",
    f"<!-- {MARK} --!><img src=x onerror={SCRIPTS}>",
    f"<details open ontoggle={SCRIPTS}>{MARK}</details>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={SCRIPTS}>{MARK}",
    f"&lt;script&gt;{SCRIPTS}&lt;/script&gt; &#60;b&#62;{MARK}",
    f"javascript:{SCRIPTS}//{MARK}",
    f"data:text/html,<script>{SCRIPTS}</script>{MARK}",
    f"'\"`;{SCRIPTS};//{MARK}",
    # templates and expressions
    f"{{{{7*7}}}} ${{7*7}} <%= 7*7 %> #{{7*7}} {MARK}",
    f"{{% import os %}}{MARK} %s %d %(x)s {{0}} {{x.__class__}}",
    f"datum.x['{MARK}'] + event.view.alert(1)",
    f"__proto__ constructor toString {MARK}",
    # SQL and shells
    f"'; DROP TABLE span; -- {MARK} % _ \\",
    f"$(touch /tmp/{MARK}) `id` | id & id",
    # spreadsheets
    f'=HYPERLINK("{EVIL}/{MARK}")',
    f"=cmd|'/c calc'!A1 {MARK}",
    f"@SUM(1+1)*{MARK}\t+1\t-1",
    f'"{MARK}",1,2\r\n"x"',
    # characters
    f"a\u0000b\u0007c\u001b[31m{MARK}\u001b[0m\u0008",
    f"\u202egnp.{MARK}\u2066\u202d\u2069",
    f"{MARK}\u200b\u200c\u200d\u2060\ufeff\u00ad",
    f"{MARK}" + "\u0301" * 60,
    f"\ud83d\ude00 \U0001f469\u200d\U0001f4bb \ufdfd {MARK}".encode("utf-16", "surrogatepass").decode("utf-16"),
    f"\u2028{MARK}\u2029\u0085",
    f"../../{MARK}/%2e%2e%2f?x=1&y=2#z",
    " ",
    MARK + "w" * 5_000,
    "\n".join([MARK] * 300),
    f'{{"{MARK}": "<img src=x onerror={SCRIPTS}>", "a": [[[[[[]]]]]]}}',
    f"null undefined NaN Infinity None {MARK}",
)
ONE_WORD = MARK + "w" * 1_000_000
_NAMES = (
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.response.id",
    "gen_ai.provider.name",
    "gen_ai.agent.name",
    "gen_ai.tool.name",
    "gen_ai.tool.call.id",
    "gen_ai.tool.description",
    "gen_ai.workflow.name",
    "gen_ai.prompt.name",
    "gen_ai.data_source.id",
    "session.id",
    "user.id",
    "deployment.environment.name",
    "service.version",
    "input.value",
    "output.value",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "error.type",
    "url.full",
)


def trace_of(payload: str, number: int) -> list[Span]:
    """A failed agent, a call and a tool that have it wherever a text can be."""
    said = _messages(payload)
    texts = dict.fromkeys(_NAMES, payload) | {payload or " ": payload, "langfuse.trace.tags": [payload, payload]}
    texts |= {"gen_ai.input.messages": said, "gen_ai.output.messages": said, "gen_ai.system_instructions": said}
    kinds: list[dict[str, Any]] = [
        {"gen_ai.operation.name": "invoke_agent"},
        LLM,
        {"gen_ai.operation.name": "execute_tool"},
    ]
    trace_id = number.to_bytes(16, "big")
    return [
        _with_an_exception(
            proto_span(position, trace_id=trace_id, name=payload, attributes=kind | texts, error=True), payload
        )
        for position, kind in enumerate(kinds, start=1)
    ]


def whole_corpus(number: int) -> Iterator[Span]:
    """One trace: its root holds all payloads and a word of a megabyte as attributes, its other spans are named so."""
    attributes = {f"{position} {payload}": payload for position, payload in enumerate((*PAYLOADS, ONE_WORD))}
    attributes |= LLM | {"gen_ai.input.messages": _messages(*PAYLOADS, ONE_WORD)}
    trace_id = number.to_bytes(16, "big")
    yield _with_an_exception(proto_span(1, trace_id=trace_id, name="corpus", attributes=attributes), ONE_WORD)
    for position, payload in enumerate(PAYLOADS, start=2):
        named = {"gen_ai.request.model": payload, "gen_ai.tool.name": payload, "gen_ai.agent.name": payload}
        yield proto_span(position, trace_id=trace_id, name=payload, attributes=LLM | named, error=position % 2 == 0)


def _messages(*payloads: str) -> list[dict[str, Any]]:
    parts = [{"type": "text", "content": payload} for payload in payloads]
    call = {"type": "tool_call", "id": payloads[0], "name": payloads[0], "arguments": {payloads[0] or "x": payloads[0]}}
    return [
        {"role": "user", "parts": parts},
        {"role": "assistant", "parts": [call]},
        {"role": payloads[0], "parts": parts},
    ]


def _with_an_exception(span: Span, payload: str) -> Span:
    span.status.message = payload
    event = span.events.add(name="exception", time_unix_nano=span.start_time_unix_nano)
    for name in ("type", "message", "stacktrace"):
        event.attributes.add(key=f"exception.{name}").value.string_value = payload
    span.events.add(name=payload, time_unix_nano=span.start_time_unix_nano)
    return span
