from collections.abc import Sequence
from datetime import date, timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date


class CreditProfilePageAgreement(models.Model):
    """What a debtor agrees on by himself, on his page.

    What lies within the bounds of his policy counts at once; the rest waits for the
    collector.
    """

    _inherit = "credit.profile"

    def _get_page_words(self, items) -> dict[int, str]:
        """{item id: what was agreed about it}, for the debtor to read."""
        words = {}
        for line in self.env["credit.promise"].sudo()._find_open(items).line_ids:
            words[line.item_id.id] = self.env._(
                "Promised for %s", format_date(self.env, line.promise_id.date)
            )
        for line in self.env["credit.dispute"].sudo()._find_pausing(items).line_ids:
            words[line.item_id.id] = self.env._(
                "In dispute: %s",
                format_amount(self.env, line.amount, line.currency_id),
            )
        for line in self._get_page_plans().line_ids:
            words[line.item_id.id] = self.env._("In your instalment plan")
        return words

    def _get_page_plans(self):
        """The plans that run, or that wait for the debtor's signature."""
        return (
            self.env["credit.plan"]
            .sudo()
            .search(
                [
                    ("profile_id", "=", self.id),
                    ("state", "in", ("proposed", "active")),
                ]
            )
        )

    # -- promise ---------------------------------------------------------------

    def _ask_promise(self, items, day: date, text: str, as_of: date) -> str:
        """The debtor will pay ``items`` by ``day``."""
        about = {"items": items, "date": day, "text": text}
        if not self._accepts_promise(items, day, as_of):
            self._check_promise(self._get_whole(items), day, as_of)
            self._ask("promise", **about)
            return self.env._(
                "Thank you. We will look at what you propose and let you know."
            )
        promise = self._make_promise(
            self._get_whole(items), day, as_of, note=text, by_debtor=True
        )
        outcome = self.env._("Accepted: %s", promise._word_made())
        self._ask("promise", is_open=False, outcome=outcome, **about)
        return self.env._(
            "Thank you. We expect %(amount)s by %(day)s and don't remind you of it "
            "until then.",
            amount=format_amount(self.env, promise.amount, promise.currency_id),
            day=format_date(self.env, day),
        )

    def _get_whole(self, items) -> dict:
        return {item: item.amount_residual_currency for item in items}

    def _accepts_promise(self, items, day: date, as_of: date) -> bool:
        """Whether nobody has to look at it: soon enough, no word broken before, and
        nothing speaks against it.
        """
        last = as_of + timedelta(self._get_agreement_rules().portal_promise_days)
        promises = self.env["credit.promise"].sudo()
        return (
            day <= last
            and promises._get_next_number(items) == 1
            and not self._get_wait_warnings(items, day)
        )

    # -- dispute ---------------------------------------------------------------

    def _ask_dispute(
        self,
        items,
        category,
        text: str,
        as_of: date,
        amount: float | None = None,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> str:
        """The debtor disputes ``items``, or ``amount`` of the one that it is about."""
        if not text:
            raise UserError(self.env._("Please tell us what is wrong."))
        amounts = self._get_whole(items)
        if amount is not None:
            if len(items) > 1:
                raise UserError(
                    self.env._(
                        "An amount is about one invoice: please tick only that one."
                    )
                )
            amounts = {items: amount}
        dispute = self._open_dispute(
            amounts, category, text, as_of, attachments=files, by_debtor=True
        )
        self._ask(
            "dispute",
            items,
            is_open=False,
            text=text,
            outcome=self.env._(
                "Answered by %(user)s until %(day)s",
                user=dispute.user_id.name,
                day=format_date(self.env, dispute.deadline),
            ),
        )
        return self.env._(
            "Thank you. You get an answer until %s; until then we don't remind you of "
            "what you dispute.",
            format_date(self.env, dispute.deadline),
        )

    # -- instalments -----------------------------------------------------------

    def _ask_plan(
        self, items, count: int, period: str, first_date: date, text: str, as_of: date
    ) -> str:
        """The debtor wants to pay ``items`` in ``count`` terms."""
        plan = self._propose_plan(
            items, "equal", count, period, first_date, as_of, by_debtor=True
        )
        self._ask("plan", items, is_open=False, text=text, outcome=plan.display_name)
        if plan.state == "proposed":
            return self.env._(
                "Your instalment plan is ready: please sign it below, until %s.",
                format_date(self.env, plan.answer_by),
            )
        return self.env._(
            "Thank you. We will look at what you propose and let you know."
        )
