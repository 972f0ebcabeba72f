from odoo import fields, models
from odoo.exceptions import UserError

from ..rights import check_officer


class CreditProfileRemainder(models.Model):
    """Debtors who paid their invoices, but not what was claimed beside them."""

    _inherit = "credit.profile"

    def action_claim_charges(self):
        """Propose a notice of what is left of costs and interest, and show it."""
        check_officer(self.env, self.env._("Only credit officers handle notices."))
        self.check_access("read")
        self.company_id.ensure_one()
        left = self.sudo()._get_left_charges()
        if not left:
            raise UserError(self.env._("No costs or interest are left to claim."))
        return self.sudo()._propose_remainder(left)._get_form_action()

    def _get_left_charges(self):
        return self.env["credit.charge"].search(
            [("profile_id", "in", self.ids), ("open_amount", ">", 0)], order="date, id"
        )

    def _propose_remainder(self, left):
        """A run of one notice for each debtor and currency of the charges ``left``."""
        self._check_not_proposed(left)
        company = self.company_id
        run = self.env["credit.run"].create(
            {
                "company_id": company.id,
                "date": company._credit_today(),
                "profile_ids": [fields.Command.set(left.profile_id.ids)],
            }
        )
        run._draw_number()
        notices = self.env["credit.notice"].create(
            [
                profile._prepare_remainder(run, charges)
                for (profile, _currency), charges in left.grouped(
                    lambda charge: (charge.profile_id, charge.currency_id)
                ).items()
            ]
        )
        for notice in notices:
            notice.channel = notice._get_channel()
        run._step(state="proposed")
        return run

    def _check_not_proposed(self, left) -> None:
        waiting = self.env["credit.notice"].search(
            [
                ("profile_id", "in", left.profile_id.ids),
                ("charges_only", "=", True),
                ("state", "in", ("proposed", "failed")),
            ],
            limit=1,
        )
        if waiting:
            raise UserError(
                self.env._(
                    "%(notice)s waits to be sent in %(run)s already.",
                    notice=waiting.name,
                    run=waiting.run_id.name,
                )
            )

    def _prepare_remainder(self, run, charges) -> dict:
        """Values of the notice; its level is the last that was sent."""
        level = charges.notice_id.sorted("id")[-1].level_id
        return {
            "run_id": run.id,
            "profile_id": self.id,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": charges.currency_id.id,
            "level_id": level.id,
            "level_number": level.number,
            "version_id": level.policy_id._ensure_version().id,
            "channel": "email",
            "date": run.date,
            "recipient_id": self._get_contact().id,
            "charges_only": True,
        }
