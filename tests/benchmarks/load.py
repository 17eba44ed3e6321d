"""The load of the benchmarks: agents' traces of 12 spans with fresh text, about 2 kB a span.

A generator that repeats itself would flatter compression and caches. System prompts and tool names do repeat, as they
do in programs.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator
from pydoc_data.topics import topics
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.collector.otlp_requests import proto_span, request

SPANS_A_TRACE = 12
_WORDS = 5_000
_SENTENCE_END = re.compile(r"(?<=[.?!]) +(?=[A-Z])")
_SHORTEST, _LONGEST = 30, 300
"""Characters of a sentence: what is shorter or longer was none."""
_STEP_NS = 10_000_000


class Load:
    """Endless requests, the same ones for the same seed but for their time."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        letters = "abcdefghijklmnopqrstuvwxyz"
        self._words = ["".join(self.random.choices(letters, k=self.random.randint(2, 9))) for _ in range(_WORDS)]
        self._prompts = [self.text(300) for _ in range(20)]

    def requests(self, spans_each: int) -> Iterator[ExportTraceServiceRequest]:
        waiting: list[Span] = []
        while True:
            while len(waiting) < spans_each:
                waiting += self.trace()
            yield request(*waiting[:spans_each])
            waiting = waiting[spans_each:]

    def trace(self) -> list[Span]:
        """A workflow, two agents, five calls of a model and four of a tool."""
        trace_id, ids = self.random.randbytes(16), [self.random.randbytes(8) for _ in range(SPANS_A_TRACE)]
        start_ns = time.time_ns()
        said = [self._workflow(), *(self._agent(number) for number in range(2))]
        said += [*(self._chat() for _ in range(5)), *(self._tool() for _ in range(4))]
        return [
            proto_span(
                1,
                trace_id=trace_id,
                span_id=ids[at],
                parent_span_id=b"" if at == 0 else ids[0] if at < 3 else ids[1 + at % 2],
                name=name,
                start_time_unix_nano=start_ns + at * _STEP_NS,
                end_time_unix_nano=start_ns + (at + 5) * _STEP_NS,
                attributes=attributes,
            )
            for at, (name, attributes) in enumerate(said)
        ]

    def text(self, length: int) -> str:
        words, written = [], 0
        while written < length:
            words.append(self.random.choice(self._words))
            written += len(words[-1]) + 1
        return " ".join(words)

    def _workflow(self) -> tuple[str, dict[str, Any]]:
        return "support", {
            "gen_ai.operation.name": "invoke_workflow",
            "gen_ai.workflow.name": "support",
            "input.value": self.text(900),
            "output.value": self.text(900),
            "session.id": self.random.randbytes(8).hex(),
        }

    def _agent(self, number: int) -> tuple[str, dict[str, Any]]:
        return f"invoke_agent writer {number}", {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": f"writer {number}",
            "input.value": self.text(800),
            "output.value": self.text(800),
        }

    def _chat(self) -> tuple[str, dict[str, Any]]:
        asked = [message("system", self.random.choice(self._prompts)), message("user", self.text(900))]
        return "chat gpt-5", {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-5",
            "gen_ai.response.model": "gpt-5",
            "gen_ai.response.id": self.random.randbytes(8).hex(),
            "gen_ai.usage.input_tokens": 900 + self.random.randrange(100),
            "gen_ai.usage.output_tokens": 100 + self.random.randrange(100),
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.input.messages": json.dumps(asked),
            "gen_ai.output.messages": json.dumps([message("assistant", self.text(400))]),
        }

    def _tool(self) -> tuple[str, dict[str, Any]]:
        return "execute_tool search", {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "search",
            "gen_ai.tool.call.id": self.random.randbytes(6).hex(),
            "gen_ai.tool.call.arguments": json.dumps({"query": self.text(500)}),
            "gen_ai.tool.call.result": self.text(1_000),
        }


class ProseLoad(Load):
    """The same spans, of English sentences in place of words of random letters.

    No sentence comes again before all others came, which takes many traces: a trace repeats nothing by chance. They are
    of the manual that comes with Python, so another version of Python makes another load.
    """

    def __init__(self, seed: int = 1) -> None:
        self._sentences = _sentences()
        self._left: list[str] = []
        super().__init__(seed)

    def text(self, length: int) -> str:
        sentences, written = [], 0
        while written < length:
            if not self._left:
                self._left = self.random.sample(self._sentences, len(self._sentences))
            sentences.append(self._left.pop())
            written += len(sentences[-1]) + 1
        return " ".join(sentences)[:length]


def _sentences() -> list[str]:
    """Of paragraphs, without headings and code."""
    found: set[str] = set()
    for paragraph in "\n\n".join(topics.values()).split("\n\n"):
        prose = " ".join(paragraph.split()).removeprefix("* ")
        if prose[:1].isupper() and prose.endswith("."):
            found.update(_SENTENCE_END.split(prose))
    return sorted(one for one in found if _SHORTEST <= len(one) <= _LONGEST)


def message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}
