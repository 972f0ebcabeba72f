"""What happened at the demo wholesaler: plain Python, the same for every day asked.

Dates are days before ``as_of``; the same day and seed always tell the same story.
"""

import csv
import random
from datetime import date, timedelta
from typing import NamedTuple, TextIO

SEED = 1919
INVOICES = 600
DAYS = 548  # 18 months

TERMS = {"usual": (("percent", 100, 30),), "consumer": (("percent", 100, 14),)}
TERMS["instalment"] = (("percent", 30, 14), ("percent", 70, 60))

# Days between the due date and the payment.
HABITS = {
    "early": (-14, -4),
    "on_time": (-2, 2),
    "late": (9, 35),
    "slow": (35, 95),
}
CURRENCIES = ("usd", "gbp", "chf")


class Call(NamedTuple):
    """A call: made and to be followed up after how many days."""

    days: int
    outcome: str
    cause: str | bool
    agreement: str | bool
    follow_up: int | None


# To those who owe most.
CALLS = (
    Call(7, "reached", "cash", "Betaalt de helft volgende week, de rest later.", 7),
    Call(3, "voicemail", False, False, None),
    Call(9, "reached", "no_invoice", "Facturen opnieuw gemaild.", None),
    Call(5, "reached", "approval", "Directeur tekent maandag.", 12),
)

# Price in euro, words by language.
GOODS = (
    (7.4, {"nl": "Gemalen koffie, pak 1 kg", "fr": "Café moulu, paquet 1 kg"}),
    (11.9, {"nl": "Bruiswater, bak 24 x 25 cl", "fr": "Eau pétillante, 24 x 25 cl"}),
    (23.5, {"nl": "Frituurvet, blik 10 kg", "fr": "Graisse à frire, bidon 10 kg"}),
    (16.8, {"nl": "Bloem type 55, zak 25 kg", "fr": "Farine type 55, sac 25 kg"}),
    (42.0, {"nl": "Olijfolie, 4 x 5 l", "fr": "Huile d'olive, 4 x 5 l"}),
    (31.25, {"nl": "Diepvriesfrieten, 10 kg", "fr": "Frites surgelées, 10 kg"}),
    (58.6, {"nl": "Kaas jong belegen, wiel", "fr": "Fromage demi-vieux, meule"}),
    (19.95, {"nl": "Servetten, doos 2400", "fr": "Serviettes, boîte de 2400"}),
    (64.3, {"nl": "Huiswijn wit, 12 flessen", "fr": "Vin blanc maison, 12 bt."}),
    (27.1, {"nl": "Vaatwasmiddel, 10 l", "fr": "Détergent vaisselle, 10 l"}),
)


class Customer(NamedTuple):
    name: str
    street: str
    zip: str
    city: str
    country: str
    lang: str
    tier: str
    limit: str  # empty: no limit
    habit: str
    weight: int
    marks: tuple[str, ...]

    @property
    def is_consumer(self) -> bool:
        return "consumer" in self.marks

    @property
    def currency(self) -> str:
        found = [mark for mark in self.marks if mark in CURRENCIES]
        return found[0].upper() if found else "EUR"

    @property
    def term(self) -> str:
        return next((t for t in ("instalment", "consumer") if t in self.marks), "usual")


class Payment(NamedTuple):
    day: date
    share: float  # of the invoice's total


class Sale(NamedTuple):
    customer: int  # place in the list of customers
    day: date
    lines: tuple[tuple[str, int, float], ...]  # words, quantity, price
    payments: tuple[Payment, ...]


def read_customers(file: TextIO) -> list[Customer]:
    return [
        Customer(
            **row | {"weight": int(row["weight"]), "marks": tuple(row["marks"].split())}
        )
        for row in csv.DictReader(file)
    ]


def vat_number(country: str, index: int) -> str:
    """A number with the right check digits, in a range that nobody was given."""
    if country == "BE":
        stem = 9990000 + 1 + index
        return f"BE{stem:08d}{97 - stem % 97:02d}"
    stem = 99000000 + 10 * index
    while True:
        digits = [int(digit) for digit in str(stem)]
        check = sum(d * w for d, w in zip(digits, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return f"NL{stem}{check}B01"
        stem += 1


def tell(customers: list[Customer], as_of: date, count: int = INVOICES) -> list[Sale]:
    """The sales of the last 18 months in order of date, with what was paid."""
    rng = random.Random(SEED)
    buyers = list(range(len(customers)))
    buyers += _pick(rng, customers, count - len(buyers))
    sales = [_sale(rng, customers, buyer, as_of) for buyer in buyers]
    return sorted(sales, key=lambda sale: sale.day)


def _pick(rng: random.Random, customers: list[Customer], count: int) -> list[int]:
    """Who buys once more: the large ones more often."""
    weights = [customer.weight for customer in customers]
    return rng.choices(range(len(customers)), weights, k=max(count, 0))


def _sale(rng, customers, index: int, as_of: date) -> Sale:
    customer = customers[index]
    # Who never pays got nothing in the last months.
    ago = rng.randint(330 if customer.habit == "never" else 1, DAYS)
    day = _working_day(as_of - timedelta(days=ago), as_of)
    return Sale(
        index, day, _lines(rng, customer), _payments(rng, customer, day, as_of, ago)
    )


def _working_day(day: date, as_of: date) -> date:
    """``day``, or the Monday after its weekend if that isn't still to come."""
    monday = day + timedelta(days=7 - day.weekday())
    return monday if day.weekday() > 4 and monday <= as_of else day


def _lines(rng, customer: Customer) -> tuple[tuple[str, int, float], ...]:
    size = 1 if customer.is_consumer else 2 + customer.weight
    return tuple(
        (words[customer.lang], rng.randint(1, 3 * size), price)
        for price, words in rng.sample(GOODS, rng.randint(1, 3))
    )


def _payments(rng, customer, day: date, as_of: date, ago: int) -> tuple[Payment, ...]:
    habit = _habit(rng, customer, ago)
    if habit == "never":
        return ()
    first, last = HABITS[habit]
    paid = []
    for _kind, percent, days in TERMS[customer.term]:
        due = day + timedelta(days=days)
        paid += _parts(rng, customer, due + timedelta(days=rng.randint(first, last)))
        paid[-1] = paid[-1]._replace(share=paid[-1].share * percent / 100)
    return tuple(payment for payment in paid if day <= payment.day <= as_of)


def _parts(rng, customer: Customer, day: date) -> list[Payment]:
    """One payment; of who pays in parts often only the first one came."""
    if "partly" in customer.marks and rng.random() < 0.5:
        return [Payment(day, rng.choice((0.3, 0.5, 0.6)))]
    return [Payment(day, 1.0)]


def _habit(rng, customer: Customer, ago: int) -> str:
    """His habit mostly; who never pays did so in the first months."""
    if customer.habit == "never":
        return "late" if ago > 480 else "never"
    return customer.habit if rng.random() < 0.85 else rng.choice(("on_time", "late"))
