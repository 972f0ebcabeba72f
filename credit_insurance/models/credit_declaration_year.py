from datetime import date

from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.credit_control.core.money import to_decimal

from ..core.premium import gaps


class CreditDeclarationYear(models.Model):
    """The settlement of a policy year: what was declared in it, and corrections.

    Insurers settle on what they were told. Where the ledger says something else now it
    is shown by debtor, and somebody decides whether it is a correction.
    """

    _inherit = "credit.declaration"

    declared = fields.Monetary(
        string="Declared in the year", compute="_compute_settled", store=True
    )
    correction = fields.Monetary(
        string="Corrections", compute="_compute_settled", store=True
    )
    unsettled = fields.Monetary(
        string="Ledger says more",
        compute="_compute_settled",
        store=True,
        help="Turnover in the ledger now, less what is declared and corrected.",
    )
    missing_words = fields.Char(string="Not declared", compute="_compute_missing_words")
    premium_billed = fields.Monetary(
        string="Billed in the year",
        compute="_compute_premium",
        help="Bills of the declarations of the year, without tax.",
    )

    @api.depends("line_ids.declared", "line_ids.correction", "line_ids.unsettled")
    def _compute_settled(self):
        for declaration in self:
            lines = declaration.line_ids
            declaration.declared = sum(lines.mapped("declared"))
            declaration.correction = sum(lines.mapped("correction"))
            declaration.unsettled = sum(lines.mapped("unsettled"))

    @api.depends("kind", "policy_id", "date_from", "date_to")
    def _compute_missing_words(self):
        for declaration in self:
            declaration.missing_words = ", ".join(
                f"{format_date(self.env, first)} – {format_date(self.env, last)}"
                for first, last in declaration._get_gaps()
            )

    def _get_gaps(self) -> list[tuple[date, date]]:
        """Days of the policy year that no declaration tells of."""
        if self.kind != "year" or not (self.date_from and self.date_to):
            return []
        periods = [(one.date_from, one.date_to) for one in self._get_declared()]
        return gaps(self.date_from, self.date_to, periods)

    def _get_declared(self):
        """What the insurer was told in this policy year."""
        return self.search(
            [
                ("policy_id", "=", self.policy_id.id),
                ("kind", "=", "month"),
                ("state", "!=", "draft"),
                ("date_from", ">=", self.date_from),
                ("date_to", "<=", self.date_to),
            ]
        )

    # -- fill ------------------------------------------------------------------

    def _fill(self) -> None:
        """A settlement begins with what was declared, beside the ledger."""
        result = super()._fill()
        if self.kind == "year":
            self._compare_with_declared()
        return result

    def _compare_with_declared(self) -> None:
        declared = dict(
            self.env["credit.declaration.line"]._read_group(
                [("declaration_id", "in", self._get_declared().ids)],
                ["profile_id"],
                ["turnover:sum"],
            )
        )
        for line in self.line_ids:
            amount = declared.pop(line.profile_id, 0.0)
            line.write(
                {"declared": amount, "ledger": line.turnover, "turnover": amount}
            )
        self.env["credit.declaration.line"].create(
            [
                {
                    "declaration_id": self.id,
                    "profile_id": profile.id,
                    "country_id": profile.partner_id.country_id.id,
                    "declared": amount,
                    "turnover": amount,
                }
                for profile, amount in declared.items()
                if amount
            ]
        )

    def action_correct(self):
        """Settle on what the ledger says now."""
        for line in self._as_officer("draft").line_ids:
            line.turnover = line.ledger
        return True

    # -- premium ---------------------------------------------------------------

    @api.depends("date_from", "date_to", "policy_id", "kind")
    def _compute_premium(self):
        for declaration in self:
            declaration.premium_billed = declaration._get_billed()
        return super()._compute_premium()

    def _get_billed(self) -> float:
        """What the insurer billed by month, without tax: it is settled, too."""
        if self.kind != "year" or not self.date_from:
            return 0.0
        billed = self._get_declared().filtered("bill_id")
        tax = 1 + self.policy_id.sudo().premium_tax / 100
        return self.currency_id.round(sum(billed.mapped("bill_amount")) / tax)

    def _get_tariff(self):
        tariff = super()._get_tariff()
        return tariff._replace(
            advances=tariff.advances + to_decimal(self.premium_billed)
        )
