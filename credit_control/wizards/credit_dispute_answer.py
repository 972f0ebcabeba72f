from odoo import fields, models

from ..models.credit_dispute import ACCEPTED, CAUSES, DECLINED, RESOLUTIONS, RESOLVED


class CreditDisputeAnswer(models.TransientModel):
    """What is said to a dispute, and what becomes of it."""

    _name = "credit.dispute.answer"
    _description = "Answer Disputes"

    dispute_ids = fields.Many2many("credit.dispute", string="Disputes", readonly=True)
    step = fields.Selection(
        [(ACCEPTED, "Accept"), (DECLINED, "Decline"), (RESOLVED, "Resolve")],
        required=True,
        readonly=True,
    )
    resolution = fields.Selection(RESOLUTIONS, string="How")
    cause = fields.Selection(
        CAUSES, string="Root cause", help="Where it went wrong in the end."
    )
    answer = fields.Text()

    def action_answer(self):
        for company, chosen in self.dispute_ids.grouped("company_id").items():
            self._answer(chosen, company.sudo()._credit_today())
        return True

    def _answer(self, disputes, as_of) -> None:
        if self.step == ACCEPTED:
            disputes._accept(self.answer)
        elif self.step == DECLINED:
            disputes._decline(self.answer, as_of)
        else:
            disputes._resolve(self.resolution, as_of, self.answer, self.cause)
