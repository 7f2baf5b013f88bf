"""Who serves a model, in OpenTelemetry's words, where the client's address tells it."""

from __future__ import annotations

from typing import Any

_HOSTS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "cognitiveservices.azure.com": "azure.ai.openai",
    "services.ai.azure.com": "azure.ai.inference",
    "api.anthropic.com": "anthropic",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "amazonaws.com": "aws.bedrock",
    "api.cohere.com": "cohere",
    "api.deepseek.com": "deepseek",
    "api.fireworks.ai": "fireworks",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai",
    "api.perplexity.ai": "perplexity",
    "api.together.xyz": "together",
    "api.x.ai": "x_ai",
    "openrouter.ai": "openrouter",
}
"""A host or any below it."""
_CLASSES = {"Azure": "azure.ai.openai", "Bedrock": "aws.bedrock", "Vertex": "gcp.vertex_ai"}
"""Clients of one provider, whatever address they are given."""


def provider_of(client: Any) -> str | None:
    """Returns the provider that ``client`` calls; None where its address tells nothing, as that of a proxy of one's own."""
    host = str(getattr(client.base_url, "host", ""))
    labels = host.split(".")
    parents = (".".join(labels[start:]) for start in range(len(labels)))
    # Regions of Vertex AI stand before its name with a hyphen: europe-west1-aiplatform.googleapis.com.
    known = next((name for parent in parents if (name := _HOSTS.get(parent.rpartition("-")[2]))), None)
    return known or next((name for word, name in _CLASSES.items() if word in type(client).__name__), None)
