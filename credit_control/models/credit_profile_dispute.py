from datetime import date, timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..rights import check_officer


class CreditProfileDispute(models.Model):
    """What a debtor disputes, and whether he does so with reason."""

    _inherit = "credit.profile"

    dispute_ids = fields.One2many("credit.dispute", "profile_id", readonly=True)
    dispute_count = fields.Integer(string="Disputes", compute="_compute_dispute_count")

    def _compute_dispute_count(self):
        counts = self._count("credit.dispute")
        for profile in self:
            profile.dispute_count = counts.get(profile, 0)

    def _open_dispute(
        self,
        items_amounts: dict,
        category,
        description: str,
        as_of: date,
        attachments=(),
        by_debtor: bool = False,
        contact=None,
        owner=None,
    ):
        """Note that the debtor disputes ``items_amounts``.

        :param items_amounts: {journal item: amount in its currency}, one currency
        :param attachments: (file name, content) of what he shows
        :param by_debtor: the debtor says so himself; the caller has made sure who he
            is, and calls with ``sudo()``
        :param owner: the user who answers it; else that of the category, the collector
        :raises UserError: it can't be disputed: not owed, too much, disputed already
        """
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers note disputes."))
        self.check_access("write")
        self._check_amounts(items_amounts)
        if not category:
            raise UserError(self.env._("Say what is disputed."))
        items = self.env["account.move.line"].concat(*items_amounts)
        self._check_not_disputed(items)
        dispute = (
            self.env["credit.dispute"]
            .sudo()
            ._make(
                {
                    "profile_id": self.id,
                    "currency_id": items.currency_id.id,
                    "category_id": category.id,
                    "description": description,
                    "by_debtor": by_debtor,
                    "contact_id": (contact or self._get_contact()).id,
                    "opened_on": as_of,
                    "deadline": as_of + timedelta(category.days),
                    "user_id": (owner or self._get_answerer(category)).id,
                },
                items_amounts,
                attachments,
            )
        )
        dispute._tell_file(dispute._word_made())
        return dispute.with_env(self.env)

    def _get_answerer(self, category):
        """Who answers a dispute of ``category`` if nobody else is named."""
        return self._get_responsible(category.sudo().user_id)

    def _check_not_disputed(self, items) -> None:
        earlier = self.env["credit.dispute"].sudo()._find_pausing(items)
        if earlier:
            lines = earlier.line_ids.filtered(lambda line: line.item_id in items)
            raise UserError(
                self.env._(
                    "%(document)s is disputed since %(day)s already: answer that first.",
                    document=lines[:1].name,
                    day=format_date(self.env, earlier[:1].opened_on),
                )
            )

    # -- actions ---------------------------------------------------------------

    def action_open_dispute(self):
        """Ask what is disputed of which invoices, and why."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispute"),
            "res_model": "credit.dispute.make",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id},
        }

    def action_view_disputes(self):
        name = self.env._("Disputes of %s", self.partner_id.display_name)
        return self._get_records_action("credit.dispute", name)
