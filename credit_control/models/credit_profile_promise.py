from datetime import date

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..rights import check_officer


class CreditProfilePromise(models.Model):
    """What a debtor promised to pay, and how he keeps his word."""

    _inherit = "credit.profile"

    promise_ids = fields.One2many("credit.promise", "profile_id", readonly=True)
    promise_count = fields.Integer(string="Promises", compute="_compute_promise_count")

    def _compute_promise_count(self):
        counts = self._count("credit.promise")
        for profile in self:
            profile.promise_count = counts.get(profile, 0)

    def _make_promise(
        self,
        items_amounts: dict,
        day: date,
        as_of: date,
        note: str = "",
        by_debtor: bool = False,
        contact=None,
    ):
        """Note that the debtor will pay ``items_amounts`` by ``day``.

        :param items_amounts: {journal item: amount in its currency}, one currency
        :param by_debtor: the debtor says so himself; the caller has made sure who he
            is, and calls with ``sudo()``
        :param contact: the person who promises; the dunning contact if nobody is named
        :raises UserError: it can't be promised: not owed, too much, a day gone by, or
            promised already
        """
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers note promises."))
        self.check_access("write")
        self._check_promise(items_amounts, day, as_of)
        items = self.env["account.move.line"].concat(*items_amounts)
        promise = (
            self.env["credit.promise"]
            .sudo()
            ._make(
                {
                    "profile_id": self.id,
                    "currency_id": items.currency_id.id,
                    "date": day,
                    "made_on": as_of,
                    "tolerance_days": self._get_agreement_rules().promise_days,
                    "note": note,
                    "by_debtor": by_debtor,
                    "contact_id": (contact or self._get_contact()).id,
                },
                items_amounts,
            )
        )
        promise._tell_file(promise._word_made())
        return promise.with_env(self.env)

    def _get_claims_to_promise(self):
        """What is overdue, not promised already and not paid in terms."""
        overdue = self._get_overdue_claims()
        promised = self.env["credit.promise"].sudo()._find_open(overdue)
        return overdue - promised.line_ids.item_id - self._get_planned_items()

    def _check_promise(self, items_amounts: dict, day: date, as_of: date) -> None:
        """Refuse what can't be promised."""
        self._check_amounts(items_amounts)
        if day < as_of:
            raise UserError(
                self.env._(
                    "%s has gone by: choose a day to come.", format_date(self.env, day)
                )
            )
        self._check_not_promised(self.env["account.move.line"].concat(*items_amounts))

    def _check_not_promised(self, items) -> None:
        promised = self.env["credit.promise"].sudo()._find_open(items)
        if promised:
            lines = promised.line_ids.filtered(lambda line: line.item_id in items)
            raise UserError(
                self.env._(
                    "%(document)s is promised for %(day)s already: withdraw that "
                    "promise first.",
                    document=lines[:1].name,
                    day=format_date(self.env, promised[:1].date),
                )
            )

    # -- actions ---------------------------------------------------------------

    def action_make_promise(self):
        """Ask what is promised for which invoices, and by when."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise to pay"),
            "res_model": "credit.promise.make",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id},
        }

    def action_view_promises(self):
        name = self.env._("Promises of %s", self.partner_id.display_name)
        return self._get_records_action("credit.promise", name)
