"""Ageing of receivables.

Convention: *days late* is ``as_of - due`` in calendar days. An item due today
is 0 days late, hence not due yet; the first late day is the day after the due
date (Directive 2011/7/EU counts alike). A bucket is closed on both ends:
"1-30" holds items 1, 2, ... 30 days late.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from .money import ZERO

Key = TypeVar("Key", bound=Hashable)


class BucketScheme(NamedTuple):
    """Ascending upper bounds, in days late, of all buckets but the last.

    >>> scheme = BucketScheme.parse("0, 30, 60")
    >>> [scheme.bucket_for(days) for days in (-5, 0, 1, 30, 31, 61, 4000)]
    [0, 0, 1, 1, 2, 3, 3]
    >>> scheme.ranges()
    ((None, 0), (1, 30), (31, 60), (61, None))
    """

    bounds: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "BucketScheme":
        """The scheme written as comma-separated bounds, e.g. ``"0, 30, 60"``.

        :raises ValueError: not whole numbers, not ascending, or none at all
        """
        bounds = tuple(int(part) for part in text.split(","))
        if any(low >= high for low, high in zip(bounds, bounds[1:], strict=False)):
            raise ValueError("bounds must ascend")
        return cls(bounds)

    @property
    def size(self) -> int:
        """Number of buckets: one more than there are bounds."""
        return len(self.bounds) + 1

    def bucket_for(self, late: int) -> int:
        """Index of the bucket of an item ``late`` days late; the last one
        catches everything older."""
        return bisect_left(self.bounds, late)

    def ranges(self) -> tuple[tuple[int | None, int | None], ...]:
        """First and last day late of every bucket; None is open-ended."""
        lows = (None, *(bound + 1 for bound in self.bounds))
        return tuple(zip(lows, (*self.bounds, None), strict=True))


def days_late(due: date, as_of: date) -> int:
    """Calendar days from the due date to ``as_of``; negative before it."""
    return (as_of - due).days


def age(
    items: Iterable[tuple[Key, date, Decimal]], scheme: BucketScheme, as_of: date
) -> dict[Key, list[Decimal]]:
    """Sum ``(key, due date, amount)`` items per key and bucket.

    Nothing is dropped: for every key the buckets add up to its items.
    """
    aged: dict[Key, list[Decimal]] = {}
    for key, due, amount in items:
        buckets = aged.get(key)
        if buckets is None:
            buckets = aged[key] = [ZERO] * scheme.size
        buckets[scheme.bucket_for(days_late(due, as_of))] += amount
    return aged
