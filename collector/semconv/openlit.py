"""OpenLIT 1.3x, beside GenAI names.

Source: openlit/openlit, sdk/python/src/openlit/semcov; recordings. It sends a cost of 0 when it could not load its
prices, an empty user where there is none, and a total of tokens under the name of a metric.
"""

from __future__ import annotations

from collector.semconv.convention import Convention
from collector.semconv.genai import OPERATION_NAME

CONVENTION = Convention(
    name="OpenLIT",
    kinds={
        OPERATION_NAME: {
            "vectordb": "retriever",
            "audio": "speaker",
            "image": "other",
            "execute_task": "other",
        }
    },
    fields={
        "total_tokens": ("gen_ai.client.token.usage",),
        "cost_nusd": ("gen_ai.usage.cost",),
        "environment": ("gen_ai.environment",),
        "user_id": ("gen_ai.request.user", "gen_ai.user"),
        "input": ("gen_ai.tool.args", "db.query.text"),
        "output": ("gen_ai.agent.actual_output",),
    },
)
