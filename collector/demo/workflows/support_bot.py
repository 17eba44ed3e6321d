"""support-bot.answer: one agent, a knowledge search and a tool or two; conversations of up to three turns."""

from __future__ import annotations

from random import Random

from collector.demo.chat import GEMINI, GPT_5, GPT_5_MINI, SONNET, Chat, ToolCall
from collector.demo.plan import Run
from collector.demo.steps import Failure, Step, agent, embeddings, fail, retrieval, tool, workflow
from collector.demo.texts import Facts, draw_customer, draw_facts, fill, fill_all
from collector.demo.workflows.dialogues import DIALOGUES, SHORT_FOLLOW_UPS, Turn

PROMPT_VERSIONS = ("12", "13", "14", "15")
SYSTEM = {
    "12": "You are the support bot of a web shop. Answer in at most three sentences. Look things up first.",
    "13": "You are the support bot of a web shop. Answer in at most two sentences. Look things up first.",
    "14": "You are the support bot of a web shop. Answer in at most two sentences. Look orders and stock up "
    "before you answer, and never promise a date that no tool gave you.",
    "15": "You are the support bot of a web shop. Answer in at most two sentences, in the customer's language. "
    "Look orders and stock up before you answer, and never promise a date that no tool gave you.",
}
TOOLS = (
    "get_order", "track_parcel", "change_delivery", "list_charges", "get_return_rules", "create_return_label",
    "reissue_invoice", "check_stock", "change_plan", "get_size_chart",
)  # fmt: skip
ARTICLES = (
    "Returns are free for 30 days; opened goods are taken back when nothing is missing.",
    "A parcel marked delivered but not received: open a carrier inquiry, answer within two working days.",
    "Reservations on cards lapse by themselves after 7 days; only captured charges can be refunded.",
    "Addresses can be changed until the parcel leaves the warehouse.",
    "One voucher code an order; codes can't be paid out.",
)
TIMED_OUT = Failure(
    "ToolTimeout",
    "orders-db gave no answer in 3 s",
    (
        ("/srv/shop_assistant/tools.py", 61, "call", "return self._send(name, arguments)"),
        ("/srv/shop_assistant/orders.py", 118, "_send", "raise ToolTimeout(host, seconds)"),
    ),
)


def rate_limited(provider: str) -> Failure:
    return Failure(
        "RateLimitError",
        f"429 from {provider}, 3 tries used up",
        (
            ("/srv/shop_assistant/agent.py", 88, "answer", "reply = self.model.chat(messages)"),
            ("/srv/shop_assistant/models.py", 142, "chat", "raise RateLimitError(response.status, tries)"),
        ),
    )


def answer(run: Run, rng: Random) -> Step:
    talk = Random(f"session:{run.session}")
    facts = draw_facts(talk)
    user = draw_customer(talk)
    turns = _script(talk)[: run.turn + 1]
    version = PROMPT_VERSIONS[min(int(run.phase * len(PROMPT_VERSIONS) + (run.environment == "staging")), 3)]
    model = rng.choices((GPT_5_MINI, SONNET, GPT_5, GEMINI), (50, 34, 8, 8))[0]
    chat = Chat(rng, model, SYSTEM[version], TOOLS, 1100, warm=rng.random() < 0.25 + 0.5 * run.phase, streams=True)
    for earlier in turns[:-1]:
        chat.tell(fill(earlier.question, facts))
        chat.tell(fill(earlier.answer, facts), role="assistant")
    turn = turns[-1]
    question = fill(turn.question, facts)
    chat.tell(question)
    bot = agent("support-bot", [_search(rng, question), *_steps(run, rng, chat, turn, facts)], version=version)
    root = workflow(
        run.workflow,
        question,
        None if run.fate == "failed" else _answer_text(run, turn, facts),
        [bot],
        {
            "session.id": f"chat-{run.session}",
            "user.id": user,
            "team": "customer-care",
            "tags": ["chat", "voice" if talk.random() < 0.15 else "web"],
            "gen_ai.prompt.name": "support-bot",
            "gen_ai.prompt.version": version,
        },
    )
    if run.fate == "failed":
        fail(bot, root, failure=rate_limited(model.address))
    return root


def _script(talk: Random) -> list[Turn]:
    return [*talk.choice(DIALOGUES), *SHORT_FOLLOW_UPS]


def _search(rng: Random, question: str) -> Step:
    texts = rng.sample(ARTICLES, 3)
    documents: list[dict[str, object]] = [
        {"id": f"kb-{rng.randrange(10, 400)}", "score": round(rng.uniform(0.6, 0.92), 3), "content": text}
        for text in texts
    ]
    search = retrieval("help-articles", question, documents, rng.uniform(12, 40))
    search.children = [embeddings(question, len(question) // 4 + 2, rng.uniform(40, 140))]
    search.tail_ms = rng.uniform(20, 90)
    return search


def _answer_text(run: Run, turn: Turn, facts: Facts) -> str:
    if run.fate == "returned_error" and turn.tool:
        return f"I could not find that in our system. Could you check the number {facts['order']}?"
    return fill(turn.answer, facts)


def _steps(run: Run, rng: Random, chat: Chat, turn: Turn, facts: Facts) -> list[Step]:
    if run.fate == "failed":
        return [chat.ask_in_vain(rate_limited(chat.model.address), rng.uniform(900, 5200))]
    steps: list[Step] = []
    if turn.tool:
        call = chat.call_tool(turn.tool, fill_all(turn.arguments, facts))
        steps.append(chat.ask(calls=[call]))
        steps += _tool_calls(run, rng, chat, call, fill_all(turn.result, facts))
    steps.append(chat.ask(_answer_text(run, turn, facts), unseen_tokens=rng.randrange(20, 120)))
    return steps


def _tool_calls(run: Run, rng: Random, chat: Chat, call: ToolCall, result: dict[str, str]) -> list[Step]:
    if run.fate == "returned_error":
        refusal = {"error": f"nothing found for {next(iter(call.arguments.values()))}"}
        chat.give_result(call, refusal)
        return [tool(call.name, call.arguments, refusal, rng.uniform(60, 200), call_id=call.id)]
    if run.fate != "recovered":
        chat.give_result(call, result, unseen_tokens=rng.randrange(60, 400))
        return [tool(call.name, call.arguments, result, rng.uniform(70, 520), call_id=call.id)]
    failed = tool(call.name, call.arguments, None, 3004.0, call_id=call.id, failure=TIMED_OUT)
    chat.give_result(call, {"error": f"{TIMED_OUT.type}: {TIMED_OUT.message}"})
    again = chat.call_tool(call.name, call.arguments)
    ask_again = chat.ask(calls=[again])
    chat.give_result(again, result, unseen_tokens=rng.randrange(60, 400))
    return [failed, ask_again, tool(again.name, again.arguments, result, rng.uniform(90, 700), call_id=again.id)]
