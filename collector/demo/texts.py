"""The demo's vocabulary: who and what its runs talk about, and templates filled with it."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

FIRST_NAMES = (
    "Anna", "Ben", "Carla", "David", "Elif", "Farid", "Grace", "Hanna", "Ivo", "Julia", "Kofi", "Lena", "Marco",
    "Nadia", "Olaf", "Priya", "Quentin", "Rosa", "Sven", "Tomoko", "Uma", "Viktor", "Wanda", "Yusuf", "Zoe",
)  # fmt: skip
SURNAMES = (
    "Adler", "Bianchi", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jansen", "Keller",
    "Lopez", "Meyer", "Novak", "Okafor", "Petit", "Rossi", "Schmidt", "Tanaka", "Weber",
)  # fmt: skip
PRODUCTS = (
    "X200 charger", "Aria headset", "desk lamp in brass", "Trail 30 backpack", "Nord kettle", "Pico speaker",
    "Lumen e-reader", "Vela rain jacket", "Orbit keyboard", "Brisk air fryer", "Halo doorbell", "Kumo pillow",
)  # fmt: skip
CITIES = (
    "Leipzig", "Lyon", "Porto", "Gdansk", "Utrecht", "Bologna", "Malmo", "Ghent", "Graz", "Bilbao", "Cork", "Brno",
)  # fmt: skip
CARRIERS = ("DHL", "GLS", "PostNord", "DPD", "Correos", "UPS")
COMPANIES = (
    "Nordlicht GmbH", "Acme Tools Ltd", "Kobe Seiki", "Primafrio", "Zeta Cloud", "Orbis Software", "Blue Fjord AS",
    "Casa Verde SL", "Marsh & Pole", "Tessel BV", "Helvia AG", "Atlas Packaging", "Rivage SARL", "Polar Freight",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
MONTHS = ("January", "March", "May", "June", "August", "September", "October", "November")
REPOSITORIES = ("billing-api", "storefront", "search-index", "mobile-app", "ledger", "auth-proxy")
MODULES = ("client", "retry", "cache", "schema", "session", "export", "webhook", "pricing", "upload", "scheduler")
SUBJECTS = (
    "refund", "late parcel", "broken checkout", "password reset", "voucher", "wrong size", "double charge",
    "app logout", "missing invoice", "address change", "damaged parcel", "subscription",
)  # fmt: skip

Facts = Mapping[str, str]


def draw_facts(rng: Random) -> dict[str, str]:
    """What one run talks about; the values for the templates."""
    net = rng.randrange(1800, 240_000) / 100
    company, rival = rng.sample(COMPANIES, 2)
    module, other_module = rng.sample(MODULES, 2)
    return {
        "name": f"{rng.choice(FIRST_NAMES)} {rng.choice(SURNAMES)}",
        "order": str(rng.randrange(41_000, 79_999)),
        "ticket": str(rng.randrange(30_000, 69_999)),
        "product": rng.choice(PRODUCTS),
        "city": rng.choice(CITIES),
        "carrier": rng.choice(CARRIERS),
        "company": company,
        "rival": rival,
        "weekday": rng.choice(WEEKDAYS),
        "month": rng.choice(MONTHS),
        "day": str(rng.randrange(2, 28)),
        "hour": f"{rng.randrange(6, 20):02}:{rng.randrange(60):02}",
        "amount": f"{rng.randrange(900, 24_900) / 100:.2f}",
        "net": f"{net:.2f}",
        "gross": f"{net * 1.19:.2f}",
        "percent": str(rng.randrange(4, 61)),
        "more": str(rng.randrange(62, 94)),
        "few": str(rng.randrange(2, 8)),
        "many": str(rng.randrange(14, 420)),
        "size": str(rng.randrange(158, 199)),
        "number": str(rng.randrange(1_000, 9_999)),
        "voucher": rng.choice(("SPARE10", "FRIEND5", "AUTUMN15", "HELLO20")),
        "repository": rng.choice(REPOSITORIES),
        "module": module,
        "other_module": other_module,
        "subject": rng.choice(SUBJECTS),
        "line": str(rng.randrange(12, 480)),
        "version": f"{rng.randrange(2, 9)}.{rng.randrange(12)}.{rng.randrange(9)}",
    }


def fill(template: str, facts: Facts) -> str:
    return template.format_map(facts)


def fill_all(template: Mapping[str, str], facts: Facts) -> dict[str, str]:
    return {key: fill(text, facts) for key, text in template.items()}


def draw_customer(rng: Random) -> str:
    """A few customers write often, most of them seldom."""
    return f"cust-{20_100 + int(240 * rng.random() ** 2)}"


def draw_employee(rng: Random) -> str:
    count = len(FIRST_NAMES)
    place = int(count * rng.random() ** 1.5)
    return f"{FIRST_NAMES[place]}.{SURNAMES[place % len(SURNAMES)]}".lower()
