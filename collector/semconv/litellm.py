"""LiteLLM's OpenTelemetry callback and proxy, beside GenAI names.

Source: BerriAI/litellm, litellm/integrations/opentelemetry.py; recordings. Its cache counts stand only in a Python
repr (`metadata.usage_object`), which is not read. The child span `raw_gen_ai_request` repeats the call the same way.
"""

from __future__ import annotations

from collector.semconv.convention import Convention
from collector.semconv.genai import OPERATION_NAME

CONVENTION = Convention(
    name="LiteLLM",
    kinds={
        OPERATION_NAME: {
            "completion": "llm",
            "acompletion": "llm",
            "atext_completion": "llm",
            "responses": "llm",
            "aresponses": "llm",
            "anthropic_messages": "llm",
            "agenerate_content": "llm",
            "embedding": "embedder",
            "aembedding": "embedder",
            "rerank": "reranker",
            "arerank": "reranker",
            "transcription": "transcriber",
            "atranscription": "transcriber",
            "speech": "speaker",
            "aspeech": "speaker",
        }
    },
    names={"raw_gen_ai_request": "other", "Received Proxy Server Request": "workflow"},
    fields={
        "cost_nusd": ("gen_ai.cost.total_cost",),
        "input_cost_nusd": ("gen_ai.cost.input_cost",),
        "output_cost_nusd": ("gen_ai.cost.output_cost",),
        "user_id": ("metadata.user_api_key_end_user_id",),
        "error_message": ("error.message",),
    },
)
