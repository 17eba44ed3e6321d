"""What customers ask the support bot, turn by turn, and what it looks up and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Turn:
    question: str
    answer: str
    tool: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    result: Mapping[str, str] = field(default_factory=dict)


SHORT_FOLLOW_UPS = (
    Turn("thanks, and can I get that in writing?", "Yes: I sent a summary of this chat to your e-mail address."),
    Turn("ok. anything I have to do now?", "No, nothing. You get a message from us by {weekday}."),
)

DIALOGUES = (
    (
        Turn(
            "my order {order} says delivered but nothing here",
            "I opened a carrier inquiry for order {order}; {carrier} answers by {weekday}.",
            "get_order",
            {"order_id": "{order}"},
            {"order_id": "{order}", "status": "delivered", "carrier": "{carrier}", "scan": "{city} {hour}"},
        ),
        Turn("it was left with a neighbour I don't know", "The slip names {name}, same street. Shall I add a note?"),
    ),
    (
        Turn(
            "Where is my parcel? Order {order}",
            "It left {city} at {hour} and should reach you by {weekday} noon.",
            "track_parcel",
            {"order_id": "{order}"},
            {"carrier": "{carrier}", "last_scan": "{city} {hour}", "eta": "{weekday}"},
        ),
        Turn(
            "I am away then, can it go to a shop?",
            "Done: it goes to the parcel shop in {city}, kept for 7 days.",
            "change_delivery",
            {"order_id": "{order}", "to": "parcel shop {city}"},
            {"changed": "yes", "kept_until": "{day} {month}"},
        ),
    ),
    (
        Turn(
            "I was charged twice for order {order}",
            "One charge of {amount} EUR is a reservation that lapses by {weekday}. Nothing to do.",
            "list_charges",
            {"order_id": "{order}"},
            {"captured": "{amount} EUR", "reserved": "{amount} EUR", "lapses": "{weekday}"},
        ),
        Turn("it has not gone after a week", "I released the reservation by hand; banks show it within two days."),
    ),
    (
        Turn(
            "Can I return the {product} bought in {month}? I opened the box",
            "Yes, within 30 days of delivery, opened is fine when nothing is missing. I can send the label.",
            "get_return_rules",
            {"product": "{product}"},
            {"days": "30", "opened": "allowed", "label": "free"},
        ),
        Turn(
            "yes send the label please, order {order}",
            "The return label for order {order} is in your inbox; drop it at any {carrier} shop.",
            "create_return_label",
            {"order_id": "{order}", "carrier": "{carrier}"},
            {"label": "RL-{number}", "sent": "yes"},
        ),
    ),
    (
        Turn(
            "Invoice R-{number} has the wrong VAT ID",
            "I issued a corrected invoice with the VAT ID DE8112{number}; it is in your inbox.",
            "reissue_invoice",
            {"invoice": "R-{number}", "vat_id": "DE8112{number}"},
            {"invoice": "R-{number}-C", "sent": "yes"},
        ),
    ),
    (
        Turn(
            "do you have the {product} in stock",
            "{many} are in the {city} warehouse; ordered today it ships {weekday}.",
            "check_stock",
            {"product": "{product}"},
            {"in_stock": "{many}", "warehouse": "{city}"},
        ),
        Turn("and to collect in the shop?", "In {city} from {weekday}, {hour}. Shall I put one aside?"),
    ),
    (
        Turn(
            "How do I change the billing e-mail?", "Settings, Billing, Contact. The new address gets a link to confirm."
        ),
    ),
    (
        Turn(
            "cancel my plan pls, too expensive",
            "I can cancel today or move you to Basic at 9 EUR. Which do you prefer?",
        ),
        Turn(
            "basic then",
            "You are on Basic from {day} {month}; the difference of {amount} EUR is refunded.",
            "change_plan",
            {"plan": "basic"},
            {"plan": "basic", "from": "{day} {month}", "refund": "{amount} EUR"},
        ),
    ),
    (
        Turn(
            "Your app logs me out every hour",
            "Known on Android 16: update to {version}, or turn off battery saver for the app.",
        ),
    ),
    (
        Turn(
            "can i use two voucher codes, {voucher} and FRIEND5",
            "One code an order. {voucher} saves more on this basket: {amount} EUR.",
        ),
    ),
    (
        Turn(
            "which size of the Vela rain jacket for {size} cm, slim",
            "M Long: sleeve 66 cm, body 74 cm. Returning the wrong size is free.",
            "get_size_chart",
            {"product": "Vela rain jacket"},
            {"M": "170-178", "M Long": "179-190", "L Long": "187-199"},
        ),
    ),
    (Turn("does the {product} work in the UK", "It does with the type G plug, which is in the box of the UK set."),),
    (
        Turn(
            "change the address of order {order} to {city} please",
            "Changed: order {order} goes to {city}. It had not left the warehouse yet.",
            "change_delivery",
            {"order_id": "{order}", "to": "{city}"},
            {"changed": "yes", "eta": "{weekday}"},
        ),
    ),
)
