"""Names of model providers: OpenTelemetry's values of gen_ai.provider.name, and what clients send instead."""

from __future__ import annotations

from collections.abc import Mapping

from collector.semconv.values import unquoted

ALIASES: Mapping[str, str] = {
    "az.ai.inference": "azure.ai.inference",
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "azure-openai": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "azureopenai": "azure.ai.openai",
    "amazon_bedrock": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock",
    "aws": "aws.bedrock",
    "aws_bedrock": "aws.bedrock",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "google.ai.studio": "gcp.gemini",
    "google_genai": "gcp.gemini",
    "googleai": "gcp.gemini",
    "google_generativeai": "gcp.gemini",
    "google.generative-ai": "gcp.gemini",
    "google.vertex": "gcp.vertex_ai",
    "google_vertexai": "gcp.vertex_ai",
    "vertex": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "vertex_ai": "gcp.vertex_ai",
    "grok": "x_ai",
    "x-ai": "x_ai",
    "x.ai": "x_ai",
    "xai": "x_ai",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "moonshot": "moonshot_ai",
    "moonshotai": "moonshot_ai",
    "together": "together_ai",
    "together-ai": "together_ai",
    "ibm.watson.ai": "ibm.watsonx.ai",
    "watsonx": "ibm.watsonx.ai",
}

FRAMEWORKS = frozenset(
    {
        "_other",
        "agent_framework",
        "ag2",
        "autogen",
        "crewai",
        "gcp.vertex.agent",
        "google_adk",
        "haystack",
        "langchain",
        "langgraph",
        "litellm",
        "llama_index",
        "llamaindex",
        "microsoft.agent_framework",
        "mlflow",
        "msgflux",
        "openai_agents",
        "other",
        "pydantic-ai",
        "pydantic_ai",
        "semantic_kernel",
        "smolagents",
        "spring_ai",
        "strands-agents",
        "unknown",
    }
)
"""Who made the call, not who answered it: never a provider, and nothing to price by."""

DOTTED = frozenset({*ALIASES.values(), *ALIASES, "gcp.gen_ai"})
"""Names in which a dot is part of the name; elsewhere it parts the provider from its API ("openai.chat")."""


def provider(value: object) -> str | None:
    """The provider's OpenTelemetry name in lower case; None for a framework."""
    found = unquoted(value)
    if not found:
        return None
    found = found.lower()
    if found not in DOTTED and found not in FRAMEWORKS:
        found = found.partition(".")[0]
    return None if not found or found in FRAMEWORKS else ALIASES.get(found, found)
