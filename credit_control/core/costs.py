"""Costs of recovery that the law lets a creditor claim.

Amounts are in one currency, percentages are percent. A scale is laid on the
principal without interest. Costs are rounded once, VAT included.

Sources: Directive 2011/7/EU art. 6 (a fixed amount for every late invoice, CJEU
C-585/20); Dutch decree on extrajudicial costs (scale on the sum of the claims);
Belgian Code of Economic Law, Book XIX (caps for consumers).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from .interest import CENT
from .money import ZERO, round_to

NONE = "none"
FIXED = "fixed"
SCALE = "scale"

# What a contract agrees on that says "all that the law allows".
LEGAL_MAXIMUM = Decimal("Infinity")


class Band(NamedTuple):
    """Above ``above``: ``fixed`` plus ``percent`` of what is above it.

    A claim of exactly ``above`` belongs to the band before.
    """

    above: Decimal
    fixed: Decimal
    percent: Decimal


class CostRule(NamedTuple):
    """What may be claimed for recovery.

    :ivar kind: nothing, ``fixed`` for every late claim, or a scale
    :ivar fixed: amount per claim of the fixed kind
    :ivar bands: the scale, ascending
    :ivar on_sum: the scale is laid once on the sum of a debtor's claims, else on
        each claim
    :ivar capped: a contract can't provide more than the rule
    :ivar vat_percent: added where the creditor can't deduct VAT
    """

    kind: str = NONE
    fixed: Decimal = ZERO
    bands: tuple[Band, ...] = ()
    minimum: Decimal = ZERO
    maximum: Decimal | None = None
    on_sum: bool = True
    capped: bool = False
    vat_percent: Decimal = ZERO


def scale_amount(claim: Decimal, rule: CostRule) -> Decimal:
    """Costs of one claim by the rule's scale, not rounded; 0 of nothing.

    >>> bands = (Band(ZERO, Decimal(20), ZERO),
    ...          Band(Decimal(150), Decimal(30), Decimal(10)))
    >>> scale_amount(Decimal(300), CostRule(SCALE, bands=bands))
    Decimal('45')
    """
    reached = [band for band in rule.bands if band.above < claim]
    if claim <= ZERO or not reached:
        return ZERO
    band = reached[-1]
    amount = band.fixed + (claim - band.above) * band.percent / 100
    amount = max(amount, rule.minimum)
    return amount if rule.maximum is None else min(amount, rule.maximum)


def legal_amount(claims: Sequence[Decimal], rule: CostRule) -> Decimal:
    """What the law allows on all ``claims`` of one debtor, not rounded.

    Claims of 0 and less count for nothing.
    """
    late = [claim for claim in claims if claim > ZERO]
    if rule.kind == FIXED:
        return rule.fixed * len(late)
    if rule.kind == NONE:
        return ZERO
    parts: Iterable[Decimal] = [sum(late, ZERO)] if rule.on_sum else late
    return sum((scale_amount(part, rule) for part in parts), ZERO)


def claimable(
    legal: Decimal,
    agreed: Decimal | None,
    *,
    needs_agreement: bool = False,
    capped: bool = False,
) -> Decimal:
    """What may be claimed of an amount, or charged of a rate.

    :param legal: what the law provides
    :param agreed: what the contract provides; None: it is silent;
        :data:`LEGAL_MAXIMUM`: all that the law allows
    """
    if agreed is None:
        return ZERO if needs_agreement else legal
    if capped or agreed == LEGAL_MAXIMUM:
        return min(agreed, legal)
    return agreed


class Claim(NamedTuple):
    """A late invoice: its principal, and costs that were claimed for it before.

    What was waived counts as claimed.
    """

    principal: Decimal
    charged: Decimal = ZERO


def next_costs(
    claims: Sequence[Claim],
    rule: CostRule,
    *,
    agreed: Decimal = LEGAL_MAXIMUM,
    deducts_vat: bool = True,
    quantum: Decimal = CENT,
) -> list[Decimal]:
    """Costs to claim now for each of ``claims`` of one debtor, VAT included.

    What the law limits is limited over all notices together: only what is left of
    it is claimed. A scale on the sum is shared out by principal.

    :param agreed: what the contract provides for this notice;
        :data:`LEGAL_MAXIMUM`: all that the law allows
    """
    groups = [claims] if _on_sum(rule) else [[claim] for claim in claims]
    principals = [sum((claim.principal for claim in group), ZERO) for group in groups]
    if agreed == LEGAL_MAXIMUM:
        wanted = [agreed] * len(groups)
    else:
        wanted = share_out(agreed, principals, quantum)
    tax = 1 if deducts_vat else 1 + rule.vat_percent / 100
    found: list[Decimal] = []
    for group, part in zip(groups, wanted, strict=True):
        amount = _left_of(group, rule, part, tax)
        shares = [claim.principal for claim in group]
        found += share_out(round_to(amount, quantum), shares, quantum)
    return found


def _on_sum(rule: CostRule) -> bool:
    return rule.kind == SCALE and rule.on_sum


def _left_of(
    group: Sequence[Claim], rule: CostRule, agreed: Decimal, tax: Decimal | int
) -> Decimal:
    if not rule.capped and agreed != LEGAL_MAXIMUM:
        return agreed
    legal = legal_amount([claim.principal for claim in group], rule) * tax
    charged = sum((claim.charged for claim in group), ZERO)
    return max(ZERO, min(agreed, legal - charged))


def vat_part(amount: Decimal, vat_percent: Decimal, quantum: Decimal = CENT) -> Decimal:
    """The VAT that is part of ``amount``.

    >>> vat_part(Decimal("48.40"), Decimal(21))
    Decimal('8.40')
    """
    return amount - round_to(amount / (1 + vat_percent / 100), quantum)


def share_out(
    amount: Decimal, weights: Sequence[Decimal], quantum: Decimal = CENT
) -> list[Decimal]:
    """``amount`` in parts by ``weights``, in full quanta that add up to it.

    >>> share_out(Decimal(10), [Decimal(1)] * 3)
    [Decimal('3.33'), Decimal('3.34'), Decimal('3.33')]

    Without any weight nobody gets anything.
    """
    total, given, weight = sum(weights, ZERO), ZERO, ZERO
    parts = []
    for share in weights:
        weight += share
        until = round_to(amount * weight / total, quantum) if total else ZERO
        parts.append(until - given)
        given = until
    return parts
