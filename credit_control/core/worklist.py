"""How much a debtor needs somebody's attention, in points.

What speaks for calling a debtor is a figure: an amount in the company's currency, a
number of days, a number of notices. A rule turns it into whole points: none below its
threshold, all from its full mark on, in proportion to the figure in between. Halves
are rounded up. The database ranks by the same expression.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from .money import ZERO


class Rule(NamedTuple):
    """What a source of points is worth.

    ``points`` is the most it gives; ``threshold`` the least figure that counts;
    ``full_mark`` the figure that gives all points, 0 where any figure does.
    """

    points: int
    threshold: Decimal = ZERO
    full_mark: Decimal = ZERO


def points_for(rule: Rule, figure: Decimal) -> int:
    """Points that ``rule`` gives for ``figure``.

    >>> rule = Rule(30, Decimal(8), Decimal(90))
    >>> [points_for(rule, Decimal(days)) for days in (0, 7, 8, 45, 90, 400)]
    [0, 0, 3, 15, 30, 30]
    """
    if figure <= ZERO or figure < rule.threshold:
        return 0
    if figure >= rule.full_mark:
        return rule.points
    share = rule.points * figure / rule.full_mark
    return int(share.quantize(Decimal(1), ROUND_HALF_UP))
