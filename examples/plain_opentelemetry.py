"""A program with OpenTelemetry and nothing of msgtrace: `python examples/plain_opentelemetry.py`.

Sends one small agent run, named as the GenAI conventions say, to OTEL_EXPORTER_OTLP_ENDPOINT or to port 4318 of this
machine. Needs `pip install opentelemetry-exporter-otlp-proto-http`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, Tracer, format_trace_id

MODEL = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini"}
QUESTION = {"role": "user", "parts": [{"type": "text", "content": "What is the weather in Paris?"}]}
CALL = {"type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": {"city": "Paris"}}
ASKS_TOOL = {"role": "assistant", "parts": [CALL], "finish_reason": "tool_call"}
RESULT = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": "sunny in Paris"}]}
ANSWER = {"role": "assistant", "parts": [{"type": "text", "content": "It is sunny in Paris."}], "finish_reason": "stop"}


class ReportingExporter(OTLPSpanExporter):
    """Remembers whether the spans arrived, which OpenTelemetry itself only logs."""

    arrived = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        self.arrived = result is SpanExportResult.SUCCESS
        return result


def run_workflow(tracer: Tracer) -> str:
    """Records workflow -> agent -> chat, tool, chat; its trace id."""
    workflow = {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "weather_report"}
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weather_agent"}
    with (
        tracer.start_as_current_span("invoke_workflow weather_report", attributes=workflow) as root,
        tracer.start_as_current_span("invoke_agent weather_agent", attributes=agent),
    ):
        chat(tracer, "resp_1", [QUESTION], ASKS_TOOL, input_tokens=52, output_tokens=17)
        run_tool(tracer)
        chat(tracer, "resp_2", [QUESTION, ASKS_TOOL, RESULT], ANSWER, input_tokens=84, output_tokens=9)
    return format_trace_id(root.get_span_context().trace_id)


def chat(
    tracer: Tracer,
    response_id: str,
    messages: list[dict[str, object]],
    reply: dict[str, object],
    *,
    input_tokens: int,
    output_tokens: int,
) -> None:
    with tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT, attributes=MODEL) as span:
        span.set_attribute("gen_ai.input.messages", json.dumps(messages))
        span.set_attribute("gen_ai.output.messages", json.dumps([reply]))
        span.set_attribute("gen_ai.response.id", response_id)
        span.set_attribute("gen_ai.response.model", "gpt-4o-mini-2024-07-18")
        span.set_attribute("gen_ai.response.finish_reasons", [str(reply["finish_reason"])])
        span.set_attribute("gen_ai.usage.input_tokens", input_tokens)
        span.set_attribute("gen_ai.usage.output_tokens", output_tokens)


def run_tool(tracer: Tracer) -> None:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.call.id": "call_1",
        "gen_ai.tool.call.arguments": json.dumps({"city": "Paris"}),
        "gen_ai.tool.call.result": "sunny in Paris",
    }
    with tracer.start_as_current_span("execute_tool get_weather", attributes=attributes):
        pass


def main() -> None:
    endpoint = os.environ.setdefault("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    exporter = ReportingExporter(timeout=5)
    provider = TracerProvider(resource=Resource.create({"service.name": "plain-opentelemetry"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace_id = run_workflow(provider.get_tracer("plain-opentelemetry"))
    provider.shutdown()
    if not exporter.arrived:
        sys.exit(f"Nothing took the spans at {endpoint}. Is msgtrace running (msgtrace start)?")
    print(f"Sent trace {trace_id} to {endpoint}")


if __name__ == "__main__":
    main()
