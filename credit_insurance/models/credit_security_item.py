from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import round_to, to_decimal
from odoo.addons.credit_control.rights import check_officer

from ..core import securities

REASONS = [
    (securities.COUNTS, "Counts"),
    (securities.BEYOND, "Beyond the amount"),
    (securities.SETTLED, "Paid or secured otherwise"),
    (securities.DISPUTED, "Disputed"),
    (securities.NOT_FACTORED, "Not made while it is valid"),
    (securities.GIVEN_BACK, "Given back by the factor"),
    (securities.SHIPPED_LATE, "Delivered after the latest shipment"),
    (securities.NOT_PRESENTED, "Documents not presented in time"),
]
INTS, DAYS, AMOUNTS = SQL("int[]"), SQL("date[]"), SQL("numeric[]")
COLUMNS = {
    "security_id": INTS,
    "item_id": INTS,
    "move_id": INTS,
    "company_id": INTS,
    "currency_id": INTS,
    "issued": DAYS,
    "delivered": DAYS,
    "due_date": DAYS,
    "open_amount": AMOUNTS,
    "amount": AMOUNTS,
    "reason": SQL("varchar[]"),
    "until": DAYS,
    "presented_on": DAYS,
    "days": INTS,
    "advance": AMOUNTS,
    "reserve": AMOUNTS,
    "fee": AMOUNTS,
    "discount": AMOUNTS,
    "final": AMOUNTS,
}


class CreditSecurityItem(models.Model):
    """An open invoice, and what a factor or a letter of credit stands for of it today.

    The core says so, of a handful of securities: the query gets its rows.
    """

    _name = "credit.security.item"
    _description = "Invoice of a Security"
    _auto = False
    _order = "due_date, item_id, id"
    _rec_name = "move_id"

    security_id = fields.Many2one("credit.security", readonly=True)
    item_id = fields.Many2one("account.move.line", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    issued = fields.Date(string="Invoice date", readonly=True)
    delivered = fields.Date(string="Delivered on", readonly=True)
    due_date = fields.Date(string="Due on", readonly=True)
    open_amount = fields.Monetary(
        string="Open",
        readonly=True,
        help="Less what came in and is matched with nothing yet, the oldest first.",
    )
    amount = fields.Monetary(string="Stands for", readonly=True)
    reason = fields.Selection(REASONS, string="Does it count?", readonly=True)
    until = fields.Date(
        readonly=True,
        help="Letter of credit: the last day to present the documents. Factoring with "
        "recourse: the last day before the factor gives the invoice back.",
    )
    presented_on = fields.Date(string="Presented on", readonly=True)
    days = fields.Integer(
        readonly=True,
        aggregator=None,
        help="From the invoice to its due date, or until today if it is overdue: the "
        "discount is reckoned for these days.",
    )
    advance = fields.Monetary(readonly=True, help="What the factor has paid.")
    reserve = fields.Monetary(readonly=True, help="What he keeps until he is paid.")
    fee = fields.Monetary(readonly=True, help="His service fee.")
    discount = fields.Monetary(readonly=True, help="His interest on the advance.")
    final = fields.Monetary(
        string="Final release",
        readonly=True,
        help="What he still pays when the debtor has paid: the reserve less fee and "
        "discount.",
    )

    # -- query -----------------------------------------------------------------

    @property
    def _table_query(self) -> SQL:
        return self._items_sql(fields.Date.context_today(self))

    @api.model
    def _items_sql(self, as_of: date) -> SQL:
        rows = self._get_rows(as_of)
        return SQL(
            """SELECT ROW_NUMBER() OVER (ORDER BY u.security_id, u.item_id) AS id, u.*
                 FROM unnest(%s) u(%s)""",
            SQL(", ").join(
                SQL("%s::%s", [row[name] for row in rows], kind)
                for name, kind in COLUMNS.items()
            ),
            SQL(", ").join(map(SQL.identifier, COLUMNS)),
        )

    @api.model
    def _get_rows(self, as_of: date) -> list[dict]:
        found = self.env["credit.security"].sudo()
        found = found.search(
            found._valid_domain(as_of)
            & Domain("kind", "in", securities.BY_CLAIM)
            & Domain("company_id", "in", self.env.companies.ids)
        )
        situations = found.profile_id._get_situations(as_of)
        return [
            self._prepare_row(security, share, claim, as_of)
            for security, layer in found._get_layers(as_of, situations).items()
            for share, claim in zip(
                layer.shares, security._get_owed(situations).claims, strict=True
            )
        ]

    @api.model
    def _prepare_row(
        self, security, share: securities.Share, claim: securities.Claim, as_of: date
    ) -> dict:
        """
        :param claim: that of the share, with all that is open of it
        """
        presented = security.presentation_ids.filtered(
            lambda one: one.move_id.id == claim.invoice and one.date <= as_of
        )
        row = {
            "security_id": security.id,
            "item_id": claim.number,
            "move_id": claim.invoice,
            "company_id": security.company_id.id,
            "currency_id": security.company_id.currency_id.id,
            "issued": claim.issued,
            "delivered": claim.delivered,
            "due_date": claim.due,
            "open_amount": claim.amount,
            "amount": share.amount,
            "reason": share.reason,
            "until": share.until,
            "presented_on": presented[:1].date or None,
            "days": max((max(claim.due, as_of) - claim.issued).days, 0),
        }
        return row | self._factor(security, share.amount, row["days"])

    @api.model
    def _factor(self, security, amount: Decimal, days: int) -> dict:
        """What the factor pays and keeps of ``amount``, rounded so that it adds up."""
        if security.kind != securities.FACTORING:
            return dict.fromkeys(securities.Factored._fields)
        quantum = to_decimal(security.company_id.currency_id.rounding)
        return securities.factor(
            round_to(amount, quantum),
            to_decimal(security.advance_percent),
            to_decimal(security.fee_percent),
            to_decimal(security.discount_rate),
            days,
            quantum,
        )._asdict()

    # -- actions ---------------------------------------------------------------

    def action_present(self):
        """The documents of this invoice are with the bank."""
        check_officer(self.env, self.env._("Only credit officers present documents."))
        for item in self:
            self.env["credit.security.presentation"].create(
                {
                    "security_id": item.security_id.id,
                    "move_id": item.move_id.id,
                    "date": item.company_id._credit_today(),
                }
            )
        return True

    def action_open_move(self):
        self.ensure_one()
        return self.move_id.get_formview_action()
