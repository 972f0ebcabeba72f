from collections import Counter

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.credit_control.core.money import ZERO, to_decimal
from odoo.addons.credit_control.rights import check_officer

from ..core import collection

# What anybody but the system writes: which bill of the agency a letter is on.
EDITABLE = {"bill_id"}


class CreditCollectionLetter(models.Model):
    """A pre-collection letter that went out in an agency's name, and its fee.

    The fee is what the price list said on the day. The agency bills its letters: here
    they are compared with its bill, or the bill is prepared.
    """

    _name = "credit.collection.letter"
    _description = "Pre-collection Letter"
    _order = "date desc, id desc"
    _rec_name = "notice_id"
    _check_company_auto = True

    notice_id = fields.Many2one(
        "credit.notice", required=True, readonly=True, ondelete="restrict"
    )
    agency_id = fields.Many2one(
        "credit.collection.agency",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    supplier_id = fields.Many2one(related="agency_id.partner_id", string="Supplier")
    profile_id = fields.Many2one(
        related="notice_id.profile_id", string="Debtor", store=True, index=True
    )
    level_id = fields.Many2one(related="notice_id.level_id", string="Letter")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Sent on", required=True, readonly=True)
    fee = fields.Monetary(readonly=True, help="By the price list, without VAT.")
    bill_id = fields.Many2one(
        "account.move",
        string="On the bill",
        domain="[('move_type', 'in', ('in_invoice', 'in_receipt')),"
        " ('commercial_partner_id', '=', supplier_id), ('state', '!=', 'cancel')]",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        [("open", "To be billed"), ("billed", "Billed"), ("free", "Without fee")],
        compute="_compute_state",
        store=True,
        index=True,
    )

    # A letter costs once, however often it is mailed.
    _once_uniq = models.UniqueIndex("(notice_id)", "The letter is listed already.")

    @api.depends("fee", "bill_id.state")
    def _compute_state(self):
        for letter in self:
            if letter.bill_id and letter.bill_id.state != "cancel":
                letter.state = "billed"
            else:
                letter.state = "open" if letter.fee else "free"

    def write(self, vals):
        if not self.env.su and vals.keys() - EDITABLE:
            raise AccessError(
                self.env._("What a letter costs is written when it is sent.")
            )
        return super().write(vals)

    # -- note ------------------------------------------------------------------

    @api.model
    def _note(self, notice, agency):
        """List ``notice``, which was sent in the name of ``agency``."""
        return self.create(
            {
                "notice_id": notice.id,
                "agency_id": agency.id,
                "company_id": notice.company_id.id,
                "date": notice.date,
                "fee": self._count_fee(notice, agency),
            }
        )

    @api.model
    def _count_fee(self, notice, agency) -> float:
        """The fee of the price list, in the company's currency."""
        claimed = to_decimal(notice.company_amount_total)
        line = agency._get_fee_line(
            collection.PRE_COLLECTION, max(notice.days_late, 0), claimed
        )
        quantum = to_decimal(notice.company_id.currency_id.rounding)
        return float(collection.fee_for(ZERO, line, quantum=quantum))

    # -- bill ------------------------------------------------------------------

    def action_make_bill(self):
        """Prepare the agency's bill for these letters: a draft to be compared."""
        check_officer(self.env, self.env._("Only credit officers prepare bills."))
        self.check_access("write")
        waiting = self.filtered(lambda letter: letter.state == "open")
        if not waiting:
            raise UserError(self.env._("None of these letters waits for a bill."))
        bills = self.env["account.move"]
        for agency, letters in waiting.grouped("agency_id").items():
            bill = bills.create(letters._prepare_bill(agency))
            letters.bill_id = bill
            bills |= bill
        return bills._get_records_action(name=self.env._("Bills of agencies"))

    def _prepare_bill(self, agency) -> dict:
        counts = Counter(self.mapped("fee"))
        return {
            "move_type": "in_invoice",
            "partner_id": agency.partner_id.id,
            "company_id": agency.company_id.id,
            "invoice_date": False,
            "invoice_line_ids": [
                Command.create(self._prepare_bill_line(agency, fee, count))
                for fee, count in sorted(counts.items())
            ],
        }

    def _prepare_bill_line(self, agency, fee: float, count: int) -> dict:
        vals = {
            "name": self.env._(
                "Pre-collection letters, %(first)s to %(last)s",
                first=format_date(self.env, min(self.mapped("date"))),
                last=format_date(self.env, max(self.mapped("date"))),
            ),
            "quantity": count,
            "price_unit": fee,
            "tax_ids": [Command.set(agency.tax_id.ids)],
        }
        if agency.fee_account_id:
            vals["account_id"] = agency.fee_account_id.id
        return vals

    def action_open_bill(self):
        self.ensure_one()
        return self.bill_id._get_records_action()


class CreditCollectionAgencyLetters(models.Model):
    """The letters in an agency's name that it has not billed yet."""

    _inherit = "credit.collection.agency"

    letter_ids = fields.One2many("credit.collection.letter", "agency_id")
    unbilled_amount = fields.Monetary(
        string="Letters to be billed", compute="_compute_unbilled_amount"
    )

    def _compute_unbilled_amount(self):
        sums = dict(
            self.env["credit.collection.letter"]._read_group(
                [("agency_id", "in", self.ids), ("state", "=", "open")],
                ["agency_id"],
                ["fee:sum"],
            )
        )
        for agency in self:
            agency.unbilled_amount = sums.get(agency, 0.0)

    def action_view_letters(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_insurance.action_collection_letter"
        )
        return {**action, "domain": [("agency_id", "=", self.id)]}
