"""A model API that runs on this machine, so that the examples and tests need neither network nor key.

It speaks OpenAI's chat completions (plain and streamed) and embeddings, always gives the same answer to the same
request, and counts the tokens it charges, so that what a trace shows can be compared with what the API returned.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Lock, Thread
from typing import Any

JSON = dict[str, Any]


@dataclass
class Usage:
    """What the server has charged so far."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class FakeOpenAI:
    """`with FakeOpenAI() as api:` serves on `api.base_url` until the block ends.

    Offered tools and not yet given a result, the model calls the first tool with the city it finds in the question;
    given a result, it answers with it.
    """

    def __init__(self) -> None:
        self.usage = Usage()
        self._lock = Lock()
        self._numbers = count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> FakeOpenAI:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def chat(self, request: JSON) -> JSON:
        """The chat completion for `request`."""
        message = _reply(request["messages"], request.get("tools") or [])
        calls_tool = "tool_calls" in message
        return {
            "id": f"chatcmpl-fake-{next(self._numbers):04d}",
            "object": "chat.completion",
            "created": 1_760_000_000,
            "model": request["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls_tool else "stop"}],
            "usage": self._charge(_tokens(request["messages"]), _tokens(message)),
        }

    def embeddings(self, request: JSON) -> JSON:
        """Eight numbers for each input."""
        texts = [request["input"]] if isinstance(request["input"], str) else request["input"]
        rows = [{"object": "embedding", "index": at, "embedding": _vector(text)} for at, text in enumerate(texts)]
        usage = self._charge(_tokens(texts), 0)
        return {"object": "list", "model": request["model"], "data": rows, "usage": usage}

    def _charge(self, input_tokens: int, output_tokens: int) -> JSON:
        with self._lock:
            self.usage.calls += 1
            self.usage.input_tokens += input_tokens
            self.usage.output_tokens += output_tokens
        total = input_tokens + output_tokens
        return {"prompt_tokens": input_tokens, "completion_tokens": output_tokens, "total_tokens": total}


def _reply(messages: list[JSON], tools: list[JSON]) -> JSON:
    last = messages[-1]
    if last["role"] == "tool":
        return {"role": "assistant", "content": f"It is {last['content']}."}
    question = str(last.get("content"))
    if not tools:
        return {"role": "assistant", "content": "In short: " + re.sub(r"<[^>]*>", "", question)}
    city = re.search(r"\b(?:in|for|of) ([A-Z]\w+)", question)
    arguments = json.dumps({"city": city.group(1) if city else "Paris"})
    function = {"name": tools[0]["function"]["name"], "arguments": arguments}
    call_id = "call_" + hashlib.sha256(question.encode()).hexdigest()[:12]
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": call_id, "type": "function", "function": function}],
    }


def _tokens(content: object) -> int:
    """About four characters a token, as real tokenisers give."""
    return len(json.dumps(content)) // 4 + 1


def _vector(text: str) -> list[float]:
    return [byte / 255 for byte in hashlib.sha256(text.encode()).digest()[:8]]


def _chunks(completion: JSON, with_usage: bool) -> Iterator[JSON]:
    """The same completion as a stream: a word at a time, tool calls at once, usage last."""
    common = {key: completion[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    choice = completion["choices"][0]
    message = choice["message"]
    deltas: list[JSON] = [{"content": word} for word in re.findall(r"\S+\s*", message["content"] or "")]
    if "tool_calls" in message:
        deltas.append({"tool_calls": [{"index": at, **call} for at, call in enumerate(message["tool_calls"])]})
    deltas[0]["role"] = "assistant"
    for delta in deltas:
        yield {**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]}
    if with_usage:
        yield {**common, "choices": [], "usage": completion["usage"]}


def _handler(api: FakeOpenAI) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/v1/embeddings":
                self._answer(200, json.dumps(api.embeddings(request)))
            elif self.path != "/v1/chat/completions":
                self._answer(404, json.dumps({"error": {"message": f"nothing at {self.path}"}}))
            elif request.get("stream"):
                wants_usage = (request.get("stream_options") or {}).get("include_usage", False)
                events = [json.dumps(chunk) for chunk in _chunks(api.chat(request), wants_usage)]
                self._answer(200, "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"]), "text/event-stream")
            else:
                self._answer(200, json.dumps(api.chat(request)))

        def _answer(self, status: int, text: str, media_type: str = "application/json") -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """A request is no news."""

    return Handler
