"""The exact lines that send a first trace, for each kind of client."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    key: str
    title: str
    note: str
    install: str | None
    """The command that installs what the code needs."""
    code: str
    language: str


def recipes(endpoint: str, needs_key: bool) -> tuple[Recipe, ...]:
    """endpoint: the base URL of this server, without a slash at the end."""
    return (
        _msgflux(endpoint, needs_key),
        _msgtrace_sdk(endpoint, needs_key),
        _opentelemetry_python(endpoint, needs_key),
        _javascript(endpoint, needs_key),
        _beside_phoenix(endpoint, needs_key),
        _beside_langfuse(endpoint, needs_key),
        _curl(endpoint, needs_key),
    )


def first_lines(endpoint: str, needs_key: bool) -> str:
    """The two lines that send the runs of a msgflux program."""
    key = ', api_key="YOUR_KEY"' if needs_key else ""
    return f"""from collector.integration import quick_start
observer = quick_start("{endpoint}"{key})  # before the first module is built"""


def _msgflux(endpoint: str, needs_key: bool) -> Recipe:
    code = f"""{first_lines(endpoint, needs_key)}

# ... your msgflux program ...

observer.flush()
print(observer.last_trace_url)  # the newest trace of this program"""
    note = "Without an address, quick_start() finds a msgtrace on the machine where the program runs, or starts one."
    return Recipe(
        "msgflux", "msgflux", note, 'pip install -e ".[sdk]" msgflux  # in a clone of msgtrace', code, "python"
    )


def _msgtrace_sdk(endpoint: str, needs_key: bool) -> Recipe:
    key = '\nexport OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20YOUR_KEY"' if needs_key else ""
    code = f"""export MSGTRACE_TELEMETRY_ENABLED=true
export MSGTRACE_OTLP_ENDPOINT="{endpoint}/v1/traces"{key}
python your_program.py"""
    note = (
        "As published, version 1.2.0 sends its spans unconnected: each is a trace of its own. "
        "quick_start(), under msgflux, repairs that where the program runs."
    )
    return Recipe("msgtrace_sdk", "msgtrace-sdk", note, "pip install msgtrace-sdk", code, "bash")


def _opentelemetry_python(endpoint: str, needs_key: bool) -> Recipe:
    key = _python_key(needs_key)
    code = f"""from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter("{endpoint}/v1/traces"{key})))
trace.set_tracer_provider(provider)

with trace.get_tracer("first").start_as_current_span("chat") as span:
    span.set_attribute("gen_ai.operation.name", "chat")
    span.set_attribute("gen_ai.request.model", "gpt-5-mini")
provider.shutdown()"""
    install = "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"
    note = "With an instrumentation of your client in place, its spans come by themselves."
    return Recipe("otel_python", "OpenTelemetry, Python", note, install, code, "python")


def _javascript(endpoint: str, needs_key: bool) -> Recipe:
    key = '\nexport OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20YOUR_KEY"' if needs_key else ""
    install = "npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node"
    code = f"""export OTEL_EXPORTER_OTLP_ENDPOINT="{endpoint}"
export OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf"
export OTEL_TRACES_EXPORTER="otlp"{key}
node --require @opentelemetry/auto-instrumentations-node/register your_program.js"""
    note = "The same variables work for OpenTelemetry in any language."
    return Recipe("otel_js", "OpenTelemetry, JavaScript", note, install, code, "bash")


def _beside_phoenix(endpoint: str, needs_key: bool) -> Recipe:
    code = f"""from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from phoenix.otel import register

provider = register()  # as you have it
to_msgtrace = BatchSpanProcessor(OTLPSpanExporter("{endpoint}/v1/traces"{_python_key(needs_key)}))
provider.add_span_processor(to_msgtrace, replace_default_processor=False)"""
    note = "Without replace_default_processor=False, Phoenix would get nothing any more."
    install = "pip install arize-phoenix-otel opentelemetry-exporter-otlp-proto-http"
    return Recipe("phoenix", "Beside Phoenix", note, install, code, "python")


def _beside_langfuse(endpoint: str, needs_key: bool) -> Recipe:
    code = f"""from langfuse import Langfuse
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter("{endpoint}/v1/traces"{_python_key(needs_key)})))
langfuse = Langfuse(tracer_provider=provider)  # with your keys in LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY"""
    note = "Langfuse's SDK adds its own exporter to the provider; both get every span. From version 3 on."
    install = "pip install langfuse opentelemetry-exporter-otlp-proto-http"
    return Recipe("langfuse", "Beside Langfuse", note, install, code, "python")


def _python_key(needs_key: bool) -> str:
    return ', headers={"Authorization": "Bearer YOUR_KEY"}' if needs_key else ""


def _curl(endpoint: str, needs_key: bool) -> Recipe:
    key = "\n  -H 'Authorization: Bearer YOUR_KEY' \\" if needs_key else ""
    code = f"""now=$(date +%s)
curl {endpoint}/v1/traces -H 'Content-Type: application/json' \\{key}
  -d '{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{{
    "traceId": "'$(openssl rand -hex 16)'", "spanId": "'$(openssl rand -hex 8)'", "name": "chat",
    "startTimeUnixNano": "'$((now - 2))'000000000", "endTimeUnixNano": "'$now'000000000",
    "attributes": [
      {{"key": "gen_ai.operation.name", "value": {{"stringValue": "chat"}}}},
      {{"key": "gen_ai.request.model", "value": {{"stringValue": "gpt-5-mini"}}}},
      {{"key": "gen_ai.usage.input_tokens", "value": {{"intValue": "120"}}}},
      {{"key": "gen_ai.usage.output_tokens", "value": {{"intValue": "40"}}}}]}}]}}]}}]}}'"""
    return Recipe("curl", "curl", "OTLP as JSON, nothing to install. Paste it into a shell.", None, code, "bash")
