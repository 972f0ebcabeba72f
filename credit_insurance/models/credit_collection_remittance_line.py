from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount

from odoo.addons.credit_control.core.money import ZERO, to_decimal

from ..core import collection
from ..core.collection import Parts


class CreditCollectionRemittanceLine(models.Model):
    """What was collected on a file, what it pays, and the fee for it."""

    _name = "credit.collection.remittance.line"
    _description = "Remittance on a File"
    _order = "remittance_id, id"

    remittance_id = fields.Many2one(
        "credit.collection.remittance", required=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(related="remittance_id.state", store=True)
    company_id = fields.Many2one(related="remittance_id.company_id", store=True)
    currency_id = fields.Many2one(related="remittance_id.currency_id", store=True)
    agency_id = fields.Many2one(related="remittance_id.agency_id")
    date = fields.Date(related="remittance_id.date")
    file_id = fields.Many2one(
        "credit.collection.file", required=True, index=True, ondelete="restrict"
    )
    profile_id = fields.Many2one(related="file_id.profile_id")
    open_amount = fields.Monetary(related="file_id.open_amount", string="Open now")
    collected = fields.Monetary()
    collected_date = fields.Date(string="Collected on")
    costs = fields.Monetary(compute="_compute_parts", store=True)
    interest = fields.Monetary(compute="_compute_parts", store=True)
    principal = fields.Monetary(string="Invoices", compute="_compute_parts", store=True)
    fee = fields.Monetary(
        compute="_compute_fee",
        store=True,
        readonly=False,
        help="By the price list, without VAT; change it to what the statement says.",
    )
    vat = fields.Monetary(
        string="VAT", compute="_compute_vat", store=True, readonly=False
    )

    _amounts_positive = models.Constraint(
        "CHECK (collected >= 0 AND fee >= 0 AND vat >= 0)",
        "What is collected and its fees can't be negative.",
    )
    _file_uniq = models.UniqueIndex(
        "(remittance_id, file_id)", "A file stands in a remittance once."
    )

    @api.depends("collected", "file_id")
    def _compute_parts(self):
        for line in self:
            paid = line._get_parts()
            line.costs, line.interest, line.principal = map(float, paid)

    def _get_parts(self) -> Parts:
        """What the amount pays, in the order of the law or the contract."""
        if not self.file_id:
            return Parts()
        file = self.file_id.sudo()
        still = file._get_open_parts()
        amount = min(max(to_decimal(self.collected), ZERO), still.total)
        order = file.agency_id._get_order(file.profile_id, file.sent_date or self.date)
        return collection.allocate(amount, still, order)

    @api.depends("collected", "file_id")
    def _compute_fee(self):
        for line in self:
            line.fee = float(line._get_fee()) if line.file_id else 0

    def _get_fee(self) -> Decimal:
        file = self.file_id.sudo()
        collected = to_decimal(file.collected_amount) + to_decimal(self.collected)
        return collection.fee_for(
            collected + file._get_direct_with_fee(),
            file._get_fee_line(),
            to_decimal(file.fee_amount),
            to_decimal(file.currency_id.rounding),
        )

    @api.depends("fee")
    def _compute_vat(self):
        for line in self:
            computed = line.agency_id._compute_fee_taxes(line.fee, line.currency_id)
            line.vat = sum(
                line.currency_id.round(tax["amount"]) for tax in computed["taxes"]
            )

    @api.constrains("file_id", "remittance_id")
    def _check_file(self):
        for line in self:
            file, remittance = line.file_id.sudo(), line.remittance_id
            if (
                file.agency_id != remittance.agency_id
                or file.currency_id != remittance.currency_id
                or not file.sent_date
            ):
                raise ValidationError(
                    self.env._(
                        "%(file)s is not a file in %(currency)s that %(agency)s has.",
                        file=file.display_name,
                        currency=remittance.currency_id.name,
                        agency=remittance.agency_id.name,
                    )
                )

    def write(self, vals):
        if not self.env.su and any(line.state != "draft" for line in self):
            raise UserError(
                self.env._("A remittance that is posted stays as it is: cancel it.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if any(line.state == "posted" for line in self):
            raise UserError(
                self.env._("A remittance that was posted is kept as history.")
            )

    # -- post ------------------------------------------------------------------

    def _check_amounts(self) -> None:
        for line in self:
            still = float(line.file_id._get_open_parts().total)
            if line.currency_id.compare_amounts(line.collected, still) > 0:
                raise UserError(
                    self.env._(
                        "%(file)s: %(collected)s is collected, but only %(open)s is "
                        "open. Ask the agency for the rest, or book it on account.",
                        file=line.file_id.display_name,
                        collected=line._format(line.collected),
                        open=line._format(still),
                    )
                )

    def _format(self, amount: float) -> str:
        return format_amount(self.env, amount, self.currency_id)

    def _allocate_again(self) -> None:
        """What is open may have changed since the amounts were entered."""
        for line in self:
            costs, interest, principal = map(float, line._get_parts())
            line.write({"costs": costs, "interest": interest, "principal": principal})

    def _prepare_claims(self) -> list[tuple]:
        """(item, amount) of what is credited on receivable accounts: invoices, oldest
        first, and costs and interest that are in the ledger.
        """
        found = []
        for line in self:
            rows = line.file_id.line_ids.sorted(lambda row: (row.due_date, row.id))
            limits = {row.item_id: row.residual for row in rows}
            found += _spread(line.principal, limits)
            for kind in ("costs", "interest"):
                found += _spread(line[kind], line._get_posted_charges(kind))
        return found

    def _get_posted_charges(self, kind: str) -> dict:
        """{item of costs or interest in the ledger: what is open of it}."""
        charges = self.file_id._get_charges().filtered(lambda c: c.kind == kind)
        items = charges._get_posted_items().filtered(
            lambda item: item.amount_residual_currency > 0
        )
        return {item: item.amount_residual_currency for item in items}

    def _get_all_earned(self) -> dict:
        """{(line, kind): costs or interest that no item in the ledger waits for}."""
        found = {}
        for line in self:
            for kind in ("costs", "interest"):
                posted = sum(line._get_posted_charges(kind).values())
                amount = line.currency_id.round(line[kind] - posted)
                if line.currency_id.compare_amounts(amount, 0) > 0:
                    found[line, kind] = amount
        return found

    def _prepare_income(self, kind: str, amount: float) -> list[dict]:
        charge = self.env["credit.charge"].new(
            {
                "profile_id": self.file_id.profile_id.id,
                "currency_id": self.currency_id.id,
                "kind": kind,
                "date": self.date,
                "amount": amount,
            }
        )
        _receivable, *earned = charge._prepare_entry_lines(amount, self.date)
        labels = dict(charge._fields["kind"]._description_selection(self.env))
        return [
            {**vals, "name": f"{labels[kind]} – {self.file_id.display_name}"}
            for vals in earned
        ]

    def _forget_collected(self) -> None:
        for line in self:
            for kind in ("costs", "interest"):
                amount = line.currency_id.round(line[kind] - line._get_matched(kind))
                line.file_id._collect_charges(kind, -amount)

    def _get_matched(self, kind: str) -> float:
        """What of costs or interest the entry paid of items in the ledger."""
        charges = self.file_id._get_charges().filtered(lambda c: c.kind == kind)
        partials = self.remittance_id.move_id.line_ids.matched_debit_ids.filtered(
            lambda partial: partial.debit_move_id in charges._get_posted_items()
        )
        return sum(partials.mapped("debit_amount_currency"))


def _spread(amount: float, limits: dict) -> list[tuple]:
    """``amount`` over the items of ``limits``, in order."""
    rest, parts = to_decimal(amount), []
    for item, limit in limits.items():
        part = min(rest, to_decimal(limit))
        if part > 0:
            parts.append((item, float(part)))
            rest -= part
    return parts
