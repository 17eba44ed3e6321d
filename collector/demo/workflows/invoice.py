"""invoice.extract: text recognition, extraction into a schema, a repair round when the first answer does not fit.

Since its newest release, live for less than a day, some answers fail for good: SchemaError, an error not seen before.
"""

from __future__ import annotations

from random import Random

from collector.demo.chat import GEMINI, GPT_5, GPT_5_MINI, SONNET, Chat
from collector.demo.plan import Run
from collector.demo.steps import Failure, Step, agent, compact_json, fail, tool, workflow
from collector.demo.texts import draw_facts

NEW_ERROR = "SchemaError"
SYSTEM = (
    "Extract the invoice as JSON: vendor, number, total_net, total_gross, currency, due. Numbers without thousands "
    "separators. Leave out what the document does not say."
)
SCHEMA_ERROR = Failure(
    NEW_ERROR,
    "total_net is not a number",
    (
        ("/srv/back_office/invoices.py", 57, "extract", "invoice = Invoice.validate(answer)"),
        ("/srv/back_office/schema.py", 23, "validate", "raise SchemaError(field, 'is not a number')"),
    ),
)
UNREADABLE = Failure(
    "UnreadableDocument",
    "no text on page 1",
    (("/srv/back_office/ocr.py", 41, "read", "raise UnreadableDocument(page)"),),
)
MISSING_FIELD = Failure(
    "ValidationError",
    "due: field required",
    (("/srv/back_office/schema.py", 19, "validate", "raise ValidationError(missing)"),),
)


def extract(run: Run, rng: Random) -> Step:
    facts = draw_facts(rng)
    pages = rng.choice((1, 1, 2, 2, 3, 4))
    document = f"inv_{rng.randrange(80_000, 99_999)}.pdf"
    currency = rng.choice(("EUR", "EUR", "GBP", "SEK"))
    invoice: dict[str, object] = {
        "vendor": facts["company"],
        "number": f"{facts['month'][:3].upper()}-{facts['number']}",
        "total_net": float(facts["net"]),
        "total_gross": float(facts["gross"]),
        "currency": currency,
    }
    text = f"{facts['company']}\nInvoice {invoice['number']}\nNet {facts['net']} {currency}\nTotal {facts['gross']}"
    read = tool("ocr.read", {"document": document, "pages": pages}, {"text": text}, 300.0 * pages + rng.uniform(0, 400))
    is_unreadable = run.fate == "failed" and not run.is_last_day
    if is_unreadable:
        del read.attributes["gen_ai.tool.call.result"]
        steps, failure = [read], UNREADABLE
        fail(read, failure=failure)
    else:
        steps, failure = [read, *_extraction(run, rng, text, pages, invoice)], SCHEMA_ERROR
    extractor = agent("extractor", steps)
    root = workflow(
        run.workflow,
        f"{document}, {pages} page{'s' if pages > 1 else ''}",
        None if run.fate == "failed" else compact_json(invoice),
        [extractor],
        {"user.id": "accounts-payable", "team": "finance", "tags": ["invoice", currency.lower()]},
    )
    if run.fate == "failed":
        fail(extractor, root, failure=failure)
    return root


def _extraction(run: Run, rng: Random, text: str, pages: int, invoice: dict[str, object]) -> list[Step]:
    model = rng.choices((GEMINI, GPT_5_MINI, GPT_5, SONNET), (58, 30, 7, 5))[0]
    chat = Chat(rng, model, SYSTEM, unseen_tokens=500, warm=rng.random() < 0.3)
    chat.tell(text, unseen_tokens=pages * rng.randrange(500, 1100))
    if run.fate == "failed":
        wrong = compact_json(invoice | {"total_net": f"{invoice['total_net']} net of VAT"})
        asked = chat.ask(wrong, unseen_tokens=rng.randrange(40, 160))
        return [asked, tool("validate", {"answer": wrong}, None, 3.0, failure=SCHEMA_ERROR)]
    whole = compact_json(invoice | {"due": f"{rng.choice((14, 30))} days"})
    steps: list[Step] = []
    if run.fate == "recovered":
        partial = compact_json(invoice)
        steps.append(chat.ask(partial, unseen_tokens=rng.randrange(40, 160)))
        steps.append(tool("validate", {"answer": partial}, None, 2.4, failure=MISSING_FIELD))
        chat.tell(f"{MISSING_FIELD.message}. Answer again with all fields.")
    steps.append(chat.ask(whole, unseen_tokens=rng.randrange(40, 160)))
    steps.append(tool("validate", {"answer": whole}, {"valid": True}, rng.uniform(1.5, 4)))
    steps.append(tool("ledger.book", {"number": invoice["number"]}, {"booked": True}, rng.uniform(90, 350)))
    return steps
