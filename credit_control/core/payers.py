"""What good payers have in common.

A trait is a country, an industry, a tag, a size or a payment term. It is a *mark* of
good payers where enough customers have it and clearly more of them pay well than of all
customers. Few customers say nothing; nor does a trait that nearly everybody has.

Shares are percentages from 0 to 100.
"""

from decimal import Decimal

from .money import ZERO

FEWEST = 5
CLEARLY = Decimal(10)
HUNDRED = Decimal(100)


def share(good: int, customers: int) -> Decimal:
    """Percentage of ``customers`` who pay well; 0 of nobody."""
    return HUNDRED * good / customers if customers else ZERO


def is_mark(good: int, customers: int, all_good: int, all_customers: int) -> bool:
    """Whether the trait of ``customers`` tells good payers from others.

    :param good: how many of ``customers`` pay well
    """
    lead = share(good, customers) - share(all_good, all_customers)
    return customers >= FEWEST and lead >= CLEARLY
