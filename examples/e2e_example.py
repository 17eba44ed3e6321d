"""From nothing to a trace in the dashboard: `python -m examples.e2e_example`.

Starts msgtrace if it isn't running, runs a msgflux workflow of two agents against a model API on this machine, and
reads the trace back to see that it holds what happened. `msgtrace stop` ends a msgtrace started here.
Needs `pip install -e ".[sdk]" "msgflux[openai]" "openai<3"` in this clone.
"""

import json
import os
import sys
from typing import Any
from urllib.request import Request, urlopen

import msgflux as mf
import msgflux.nn as nn

from collector.integration import Observer, quick_start
from examples.fake_openai import FakeOpenAI, Usage


def get_weather(city: str) -> str:
    """Get the weather in a city.

    Args:
        city: Name of the city.
    """
    return f"sunny in {city}"


class TripReport(nn.Module):
    """One agent finds out, the other writes it up."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        model = mf.Model.chat_completion("openai/gpt-4o-mini", base_url=base_url)
        self.scout = nn.Agent(name="scout", model=model, tools=[get_weather])
        self.writer = nn.Agent(name="writer", model=model, instructions="Write one friendly sentence.")

    def forward(self, question: str) -> str:
        return str(self.writer(self.scout(question)))


def run_workflow() -> Usage:
    """Runs the workflow once; what the model API charged for it."""
    os.environ.setdefault("OPENAI_API_KEY", "not needed on this machine")
    with FakeOpenAI() as api:
        print(TripReport(api.base_url)("What is the weather in Lisbon?"))
        return api.usage


def read_trace(observer: Observer) -> dict[str, Any]:
    """The newest trace of this program, through the read API."""
    request = Request(f"{observer.endpoint}/api/v1/traces/{observer.last_trace_id}")
    if api_key := os.environ.get("MSGTRACE_API_KEY"):
        request.add_header("Authorization", f"Bearer {api_key}")
    with urlopen(request, timeout=5) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def check(answer: dict[str, Any], usage: Usage) -> None:
    """Ends the program unless the trace says what the API said."""
    trace = answer["trace"]
    tools = [span["tool_name"] for span in answer["spans"] if span["kind"] == "tool"]
    if tools != ["get_weather"]:
        sys.exit(f"The trace shows these tools: {tools}")
    shown, charged = (trace["input_tokens"], trace["output_tokens"]), (usage.input_tokens, usage.output_tokens)
    if shown != charged:
        sys.exit(f"The trace shows {shown} tokens, the API charged {charged}.")
    print(f"One trace of {len(answer['spans'])} spans, {trace['llm_calls']} model calls, {sum(charged)} tokens.")


def main() -> None:
    with quick_start(service_name="trip-report") as observer:
        usage = run_workflow()
        if not observer.flush():
            sys.exit("The trace did not reach msgtrace.")
        check(read_trace(observer), usage)
        print(f"Look at it: {observer.last_trace_url}")


if __name__ == "__main__":
    main()
