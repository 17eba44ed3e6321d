"""What to do about an answer that somebody who sends was given."""

from __future__ import annotations

from collector.store.records import Receipt

_BY_STATUS = {
    400: "Send OTLP in the encoding that Content-Type names, whole and, if compressed, as gzip. "
    "An exporter of OpenTelemetry does so with OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.",
    404: "Nothing is taken at this path. Give OTEL_EXPORTER_OTLP_ENDPOINT the address alone, since the exporter adds "
    "/v1/traces; OTEL_EXPORTER_OTLP_TRACES_ENDPOINT the address with /v1/traces.",
    413: "Send less at once (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), or allow more with MSGTRACE_MAX_BODY_BYTES and "
    "MSGTRACE_MAX_SPANS_PER_REQUEST.",
    415: "Send application/x-protobuf or application/json: OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.",
    429: "Send less often.",
    503: "Nothing is lost: the client keeps the batch and sends it again. If it goes on, look at Settings.",
}


def advice(receipt: Receipt) -> str | None:
    """One or two sentences; None when all is well and nothing needs explaining."""
    if receipt.status == 401:
        return _about_the_key(receipt)
    if receipt.status >= 400:
        return _BY_STATUS.get(receipt.status, "The reason says what was wrong.")
    if receipt.signal == "metrics":
        return "Metrics are answered and dropped. OTEL_METRICS_EXPORTER=none spares the way."
    if receipt.rejected:
        return "Repair what the reason says; everything else of this request is stored."
    if not receipt.items:
        return "Nothing was in it. Does the program end its spans, and does its sampler keep them?"
    if receipt.duplicates >= receipt.items:
        return "All of it was here before: something sends the same twice."
    return None


def outcome(receipt: Receipt) -> str:
    """In a few words: stored, partly stored, known before, nothing in it, dropped, try again, refused."""
    if receipt.status >= 500:
        return "try again"
    if receipt.status >= 400:
        return "refused"
    if receipt.signal == "metrics":
        return "dropped"
    if receipt.rejected:
        return "partly stored" if receipt.rejected < (receipt.items or 0) else "not stored"
    if not receipt.items:
        return "nothing in it"
    return "known before" if receipt.duplicates >= receipt.items else "stored"


def _about_the_key(receipt: Receipt) -> str:
    if receipt.api_key is None:
        return "No key came along: OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20YOUR_KEY sends it."
    return (
        "Another key came than MSGTRACE_API_KEY. "
        f"Of the one that came, the SHA-256 begins with {receipt.api_key.rpartition(' ')[2]}."
    )
