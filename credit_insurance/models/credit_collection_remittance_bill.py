from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.credit_control.rights import check_officer


class CreditCollectionRemittanceBill(models.Model):
    """The agency's invoice for its fees, where it sends one."""

    _inherit = "credit.collection.remittance"

    bill_id = fields.Many2one(
        "account.move",
        string="Agency's bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    needs_bill = fields.Boolean(
        string="Bill to come",
        compute="_compute_needs_bill",
        store=True,
        help="The agency's invoice for these fees isn't entered yet.",
    )

    @api.depends("state", "fee", "fee_withheld", "fee_billed", "bill_id.state")
    def _compute_needs_bill(self):
        for remittance in self:
            remittance.needs_bill = (
                remittance.state == "posted"
                and remittance.fee > 0
                and (remittance.fee_billed or not remittance.fee_withheld)
                and (not remittance.bill_id or remittance.bill_id.state == "cancel")
            )

    def action_make_bill(self):
        """Draft the agency's bill: its number and date are still to be filled in."""
        check_officer(self.env, self.env._("Only credit officers enter fees."))
        self.check_access("read")
        remittances = self.filtered("needs_bill")
        if not remittances:
            raise UserError(
                self.env._(
                    "No bill is to come: the fees are booked, or entered already."
                )
            )
        if len(remittances.agency_id) > 1 or len(remittances.currency_id) > 1:
            raise UserError(
                self.env._("A bill is of one agency and in one currency.")
            )
        agency = remittances.agency_id
        bill = (
            self.env["account.move"]
            .with_company(agency.company_id)
            .create(remittances._prepare_bill())
        )
        remittances.sudo().bill_id = bill
        return remittances[0].action_view_bill()

    def _prepare_bill(self) -> dict:
        agency = self.agency_id
        return {
            "move_type": "in_invoice",
            "partner_id": agency.partner_id.id,
            "currency_id": self.currency_id.id,
            "invoice_origin": ", ".join(self.mapped("name")),
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": self.env._(
                            "Fees on %s",
                            " ".join(filter(None, (it.name, it.reference))),
                        ),
                        "quantity": 1,
                        "price_unit": it.fee,
                        "tax_ids": [Command.set(agency.tax_id.ids)],
                        **(
                            {"account_id": agency.fee_account_id.id}
                            if agency.fee_account_id
                            else {}
                        ),
                    }
                )
                for it in self.sorted(lambda it: (it.date, it.id))
            ],
        }

    def action_view_bill(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.bill_id.id,
            "view_mode": "form",
        }

    def _get_payable_account(self):
        partner = self.agency_id.partner_id.with_company(self.company_id)
        return partner.property_account_payable_id

    def _check_bill_gone(self) -> None:
        if self.bill_id and self.bill_id.state != "cancel":
            raise UserError(
                self.env._(
                    "%(remittance)s is on the agency's bill %(bill)s: cancel that "
                    "first.",
                    remittance=self.name,
                    bill=self.bill_id.display_name,
                )
            )


class AccountMoveRemittanceBill(models.Model):
    """A bill for fees that the agency has kept is paid by what it kept."""

    _inherit = "account.move"

    credit_remittance_ids = fields.One2many(
        "credit.collection.remittance",
        "bill_id",
        groups="credit_control.group_viewer",
    )

    def _post(self, soft=True):
        posted = super()._post(soft)
        for bill in posted.sudo().filtered("credit_remittance_ids"):
            entries = bill.credit_remittance_ids.filtered("fee_billed").move_id
            owed = (bill | entries).line_ids.filtered(
                lambda line: (
                    line.account_type == "liability_payable" and not line.reconciled
                )
            )
            for lines in owed.grouped("account_id").values():
                lines.reconcile()
        return posted
