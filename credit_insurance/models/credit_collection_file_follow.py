from datetime import date

from odoo import api, fields, models
from odoo.tools import format_amount

from odoo.addons.credit_control.core.money import ZERO, to_decimal

from ..core.collection import Parts
from .credit_collection_file import IRRECOVERABLE, PAID, PARTLY

DIRECT_TEMPLATE = "credit_insurance.mail_template_collection_direct"
POSTED = "posted"


class CreditCollectionFollow(models.Model):
    """What comes in on a file: through the agency, directly, or by credit note."""

    _inherit = "credit.collection.file"

    remittance_line_ids = fields.One2many(
        "credit.collection.remittance.line", "file_id", readonly=True
    )
    collected_amount = fields.Monetary(
        string="Collected", compute="_compute_collected", store=True
    )
    fee_amount = fields.Monetary(
        string="Fees", compute="_compute_collected", store=True, help="Without VAT."
    )
    direct_amount = fields.Monetary(
        string="Paid to us",
        compute="_compute_progress",
        help="What the debtor paid directly since it was handed over.",
    )
    credited_amount = fields.Monetary(
        string="Credited",
        compute="_compute_progress",
        help="Credit notes and write-offs since it was handed over.",
    )
    open_principal = fields.Monetary(
        string="Invoices open", compute="_compute_progress"
    )
    open_interest = fields.Monetary(string="Interest open", compute="_compute_progress")
    open_costs = fields.Monetary(string="Costs open", compute="_compute_progress")
    open_amount = fields.Monetary(string="Open", compute="_compute_progress")
    rest_told = fields.Boolean(readonly=True)
    aftermath = fields.Selection(
        [("todo", "To do"), ("done", "Done")],
        string="Provision, write-off, VAT",
        readonly=True,
        index="btree_not_null",
        copy=False,
    )

    @api.depends(
        "remittance_line_ids.state",
        "remittance_line_ids.collected",
        "remittance_line_ids.fee",
    )
    def _compute_collected(self):
        for file in self:
            posted = file._get_posted_remittances()
            file.collected_amount = sum(posted.mapped("collected"))
            file.fee_amount = sum(posted.mapped("fee"))

    def _get_posted_remittances(self):
        return self.remittance_line_ids.filtered(lambda line: line.state == POSTED)

    @api.depends(
        "collected_amount", "claimed_amount", "line_ids.residual", "state", "line_ids"
    )
    def _compute_progress(self):
        settled = self.line_ids._fetch_settlements()
        for file in self:
            parts = file._get_open_parts()
            file.open_costs, file.open_interest, file.open_principal = map(float, parts)
            file.open_amount = float(parts.total)
            lines = file.line_ids._origin
            file.direct_amount = float(sum(settled[line.id][0] for line in lines))
            file.credited_amount = float(sum(settled[line.id][1] for line in lines))

    def _get_open_parts(self) -> Parts:
        """What is still to be collected; the ledger says it of the invoices."""
        posted = self.sudo()._get_posted_remittances()
        paid = Parts(
            *(
                sum((to_decimal(amount) for amount in posted.mapped(name)), ZERO)
                for name in ("costs", "interest")
            )
        )
        claimed = Parts(
            to_decimal(self.claimed_costs), to_decimal(self.claimed_interest)
        )
        residual = sum((to_decimal(x.residual) for x in self.line_ids), ZERO)
        return claimed.less(paid)._replace(principal=residual)

    # -- daily -----------------------------------------------------------------

    @api.model
    def _follow_all(self, company, as_of: date) -> None:
        """Look at what came in on every file that is with an agency."""
        held = self.sudo().search(
            [("company_id", "=", company.id), ("is_held", "=", True)]
        )
        held._follow(as_of)

    def action_follow(self):
        """Look at what came in, now."""
        for file in self._as_officer():
            file._follow(file.company_id._credit_today())
        return True

    def _follow(self, as_of: date) -> None:
        """Tell the agency of direct payments, end what is paid; twice is as once."""
        held = self.filtered("is_held")
        for file in held.try_lock_for_update(allow_referencing=True):
            file._tell_direct()
            file._end_if_paid(as_of)

    def _tell_direct(self) -> None:
        """Tell the agency what was paid to us and it doesn't know of yet."""
        settled = self.line_ids._fetch_settlements()
        news = {
            line: float(settled[line.id][0]) - line.told_amount
            for line in self.line_ids
            if self.currency_id.compare_amounts(
                float(settled[line.id][0]), line.told_amount
            )
            > 0
        }
        if not news or not self.agency_id.tells_direct:
            return
        self._post_to_agency(DIRECT_TEMPLATE, credit_direct=list(news.items()))
        for line, amount in news.items():
            line.told_amount += amount

    def _get_direct_news(self) -> list[tuple]:
        """(line, amount) of what the message to the agency is about."""
        return self.env.context.get("credit_direct") or [
            (line, line.told_amount) for line in self.line_ids if line.told_amount
        ]

    def _end_if_paid(self, as_of: date) -> None:
        parts = self._get_open_parts()
        if not parts.total:
            self._close(PAID, as_of, self.env._("All is paid."))
        elif not parts.principal and not self.rest_told:
            self.rest_told = True
            rest = format_amount(self.env, float(parts.total), self.currency_id)
            self._plan_activity(
                self.env._("Invoices paid, costs and interest are not"),
                self.env._(
                    "%s of costs and interest is left: let the agency go on, or close "
                    "the file.",
                    rest,
                ),
                as_of,
            )

    # -- comes back ------------------------------------------------------------

    def _after_close(self, as_of: date) -> None:
        """What comes back unpaid wants to be provided for or written off."""
        result = super()._after_close(as_of)
        if self.outcome in (IRRECOVERABLE, PARTLY) and self.open_principal > 0:
            self.aftermath = "todo"
            self._plan_activity(
                self.env._("Came back unpaid: provision, write-off, VAT"),
                self._word_aftermath(),
                as_of,
            )
        return result

    def _word_aftermath(self) -> str:
        open_ = format_amount(self.env, self.open_principal, self.currency_id)
        return self.env._(
            "%(amount)s of %(file)s is not paid. Provide for it, or write it off. "
            "%(vat)s",
            amount=open_,
            file=self.name,
            vat=self.company_id._word_vat_relief(),
        )

    def action_write_off(self):
        """Ask where the loss is booked."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write off"),
            "res_model": "credit.collection.write.off",
            "view_mode": "form",
            "target": "new",
            "context": {"default_file_id": self.id},
        }

    def action_aftermath_done(self):
        """It is provided for or written off."""
        files = self._as_officer()
        files.aftermath = "done"
        files.activity_feedback(["credit_insurance.activity_collection"])
        return True
