"""rag.query: questions over the company's handbooks, instrumented with OpenInference instead of GenAI names.

Its answers come in part from a self-hosted llama, a model without a price.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from collector.demo.chat import GEMINI, GPT_5_MINI, LLAMA, SONNET, Model, count_tokens
from collector.demo.plan import Run
from collector.demo.steps import Attributes, Failure, Step, compact_json, fail
from collector.demo.texts import draw_employee, draw_facts, fill

RERANKED_SHARE = 0.15
SCOPE = "openinference.instrumentation.langchain"
SYSTEM = "Answer from the passages only and cite them in brackets. If they do not answer the question, say so."
# (question, answer, passage)
QUESTIONS = (
    ("maximum baggage weight for partner flights to {city}", "23 kg in Economy, 32 kg in Business, per piece [1].",
     "Partner flights: Economy 23 kg, Business 32 kg per piece. {city} has no exceptions."),
    ("warranty period of a refurbished {product}", "{few} months from delivery [1].",
     "Refurbished goods such as the {product} carry a warranty of {few} months from delivery."),
    ("is the lounge in {city} open to silver members",
     "Only on international routes with a boarding pass of the day [1].",
     "Lounge {city}: gold members always; silver members on international routes on the day of travel."),
    ("vacation carry-over rules", "Up to {few} days until 31 March [1].",
     "Handbook 3.2: up to {few} days may be carried over and lapse on 31 March."),
    ("who approves travel above {amount} EUR", "The head of department, {name} for {city} [1].",
     "Travel above {amount} EUR is approved by the head of department ({city}: {name})."),
    ("how do I get access to the {repository} repository", "Ask {name} in the access form; it takes a day [1].",
     "Access to {repository}: request form, approved by {name} within one working day."),
    ("parental leave notice period", "{few} weeks before the start, in writing [1].",
     "Parental leave is announced {few} weeks before it starts, in writing."),
    ("can we ship {product} by air", "Yes, but packed singly: it holds a battery under {many} Wh [1].",
     "Goods with batteries under {many} Wh, such as {product}, may fly when packed singly."),
    ("opening hours of the {city} warehouse on {weekday}", "From {hour} to 20:00 [1].",
     "Warehouse {city}: {weekday} {hour} to 20:00, otherwise 08:00 to 18:00."),
)  # fmt: skip
SIDE_PASSAGES = (
    "Handbook 1.1: this handbook is valid from {month} and replaces all earlier ones.",
    "Questions go to the team of {name}, {city}.",
    "See also the page on {subject}.",
)
EMPTY = Failure(
    "EmptyRetrieval",
    "vector.search returned 0 documents",
    (("/srv/insights/rag.py", 71, "query", "raise EmptyRetrieval(question)"),),
)
LANGCHAIN_PROVIDERS = {"gcp.gemini": "google", "vllm": "vllm"}


def _step(name: str, kind: str, attributes: Attributes, own_ms: float, steps: Sequence[Step] = ()) -> Step:
    return Step(name, {"openinference.span.kind": kind, **attributes}, list(steps), own_ms=own_ms, scope=SCOPE)


def query(run: Run, rng: Random) -> Step:
    talk = Random(f"session:{run.session}")
    user = draw_employee(talk)
    facts = draw_facts(rng)
    question, answer, passage = (fill(text, facts) for text in rng.choice(QUESTIONS))
    passages = [] if run.fate == "failed" else [passage, *(fill(text, facts) for text in SIDE_PASSAGES)]
    steps = [_guardrail(question, rng), _retriever(question, passages, rng)]
    if passages:
        if rng.random() < RERANKED_SHARE:
            steps.append(_reranker(question, passages, rng))
        steps.append(_answer(run, rng, question, answer, passages))
    shared: Attributes = {
        "session.id": f"ask-{run.session}",
        "user.id": user,
        "metadata": compact_json({"team": "research", "handbook": "3.2", "user_id": user}),
        "tag.tags": ["handbook", facts["city"].lower()],
    }
    attributes: Attributes = {"input.value": question, "input.mime_type": "text/plain", **shared}
    if passages:
        attributes |= {"output.value": answer, "output.mime_type": "text/plain"}
    root = _step(run.workflow, "CHAIN", attributes, 6.0, steps)
    if not passages:
        fail(steps[-1], root, failure=EMPTY)
    return root


def _guardrail(question: str, rng: Random) -> Step:
    attributes: Attributes = {
        "input.value": question,
        "output.value": compact_json({"on_topic": True, "score": round(rng.uniform(0.8, 0.99), 2)}),
        "output.mime_type": "application/json",
    }
    return _step("topic_guardrail", "GUARDRAIL", attributes, rng.uniform(8, 30))


def _retriever(question: str, passages: list[str], rng: Random) -> Step:
    embedding: Attributes = {
        "embedding.model_name": "text-embedding-3-small",
        "llm.provider": "openai",
        "embedding.embeddings.0.embedding.text": question,
        "llm.token_count.prompt": count_tokens(question),
        "llm.token_count.total": count_tokens(question),
    }
    found: Attributes = {"input.value": question}
    for place, passage in enumerate(passages):
        document = f"retrieval.documents.{place}.document"
        found[f"{document}.id"] = f"hb-{rng.randrange(10, 99)}"
        found[f"{document}.content"] = passage
        found[f"{document}.score"] = round(0.9 - 0.11 * place - rng.uniform(0, 0.05), 3)
    embed = _step("OpenAIEmbeddings", "EMBEDDING", embedding, rng.uniform(50, 160))
    retriever = _step("VectorStoreRetriever", "RETRIEVER", found, 9.0, [embed])
    retriever.tail_ms = rng.uniform(20, 80)
    return retriever


def _reranker(question: str, passages: list[str], rng: Random) -> Step:
    attributes: Attributes = {"reranker.query": question, "reranker.model_name": "bge-reranker-v2-m3"}
    attributes["reranker.top_k"] = 2
    for place, passage in enumerate(passages[:2]):
        attributes[f"reranker.output_documents.{place}.document.content"] = passage
        attributes[f"reranker.output_documents.{place}.document.score"] = round(0.97 - 0.3 * place, 3)
    return _step("CrossEncoderReranker", "RERANKER", attributes, rng.uniform(60, 180))


def _answer(run: Run, rng: Random, question: str, answer: str, passages: list[str]) -> Step:
    model: Model = rng.choices((GPT_5_MINI, GEMINI, SONNET, LLAMA), (34, 32, 10, 24))[0]
    prompt = f"{question}\n\n" + "\n".join(f"[{place}] {text}" for place, text in enumerate(passages[:2], 1))
    input_tokens = count_tokens(SYSTEM) + count_tokens(prompt) + rng.randrange(900, 3400)
    visible_tokens = count_tokens(answer) + rng.randrange(30, 220)
    reasoning_tokens = round(visible_tokens * model.reasoning_share)
    output_tokens = visible_tokens + reasoning_tokens
    is_cached = model.caches and rng.random() < 0.1 + 0.3 * run.phase
    attributes: Attributes = {
        "llm.model_name": model.response_name,
        "llm.provider": LANGCHAIN_PROVIDERS.get(model.provider, model.provider),
        "llm.invocation_parameters": compact_json({"model": model.name, "max_tokens": 1024}),
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": SYSTEM,
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": prompt,
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": answer,
        "llm.finish_reason": "stop",
        "llm.token_count.prompt": input_tokens,
        "llm.token_count.completion": output_tokens,
        "llm.token_count.total": input_tokens + output_tokens,
        "input.value": prompt,
        "output.value": answer,
    }
    if model.caches:
        attributes["llm.token_count.prompt_details.cache_read"] = 1024 if is_cached and input_tokens > 1200 else 0
    if model.reasoning_share:
        attributes["llm.token_count.completion_details.reasoning"] = reasoning_tokens
    own_ms = model.first_chunk_ms + output_tokens / model.tokens_per_s * 1000
    return _step(f"Chat{model.name.split('-')[0].capitalize()}", "LLM", attributes, own_ms * rng.uniform(0.8, 1.4))
