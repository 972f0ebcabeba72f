from odoo import api, fields, models

from ..core import decision_file
from .credit_insurance_decision import STATUSES

# What the columns of the template are called.
COLUMNS = {
    "buyer": "Buyer number",
    "vat": "VAT number",
    "registry": "Registration number",
    "reference": "Reference",
    "status": "Status",
    "requested": "Requested",
    "amount": "Decided",
    "date_from": "From",
    "date_to": "To",
    "notice_date": "Notice date",
    "temporary": "Temporary",
    "conditions": "Conditions",
}
DATE_FORMATS = [
    ("%d/%m/%Y", "31/12/2025"),
    ("%d-%m-%Y", "31-12-2025"),
    ("%d.%m.%Y", "31.12.2025"),
    ("%Y-%m-%d", "2025-12-31"),
    ("%Y%m%d", "20251231"),
    ("%m/%d/%Y", "12/31/2025"),
]


class CreditInsuranceMapping(models.Model):
    """How an insurer writes his list of decisions."""

    _name = "credit.insurance.mapping"
    _description = "Columns of an Insurer"
    _rec_name = "insurer_id"

    insurer_id = fields.Many2one("res.partner", required=True, index=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    column_buyer = fields.Char(string="Buyer number", default=COLUMNS["buyer"])
    column_vat = fields.Char(string="VAT number", default=COLUMNS["vat"])
    column_registry = fields.Char(
        string="Registration number", default=COLUMNS["registry"]
    )
    column_reference = fields.Char(
        string="Insurer's reference", default=COLUMNS["reference"]
    )
    column_status = fields.Char(string="Status", default=COLUMNS["status"])
    column_requested = fields.Char(string="Requested", default=COLUMNS["requested"])
    column_amount = fields.Char(
        string="Decided", required=True, default=COLUMNS["amount"]
    )
    column_date_from = fields.Char(
        string="From", required=True, default=COLUMNS["date_from"]
    )
    column_date_to = fields.Char(string="To", default=COLUMNS["date_to"])
    column_notice_date = fields.Char(string="Notice on", default=COLUMNS["notice_date"])
    column_temporary = fields.Char(string="Temporary", default=COLUMNS["temporary"])
    column_conditions = fields.Char(string="Conditions", default=COLUMNS["conditions"])
    date_format = fields.Selection(
        DATE_FORMATS, string="Dates", required=True, default="%d/%m/%Y"
    )
    decimal_sign = fields.Selection(
        [(",", "1.000,50"), (".", "1,000.50")],
        string="Amounts",
        required=True,
        default=",",
    )
    status_ids = fields.One2many(
        "credit.insurance.mapping.status", "mapping_id", string="Words for a status"
    )

    _insurer_uniq = models.UniqueIndex(
        "(insurer_id, company_id)", "The columns of this insurer are known already."
    )

    @api.model
    def _get_for(self, policy):
        """The columns of the policy's insurer, made as in the template if missing."""
        found = self.search(
            [
                ("insurer_id", "=", policy.insurer_id.id),
                ("company_id", "=", policy.company_id.id),
            ]
        )
        return found or self.create(
            {"insurer_id": policy.insurer_id.id, "company_id": policy.company_id.id}
        )

    def _get_columns(self) -> dict[str, str]:
        """{field: name of its column}, of the columns that the insurer has."""
        return {
            name: self[f"column_{name}"].strip()
            for name in COLUMNS
            if (self[f"column_{name}"] or "").strip()
        }

    def _get_format(self) -> decision_file.Format:
        """Our own words for a status are understood beside those of the insurer."""
        words = {label.casefold(): code for code, label in STATUSES}
        words |= {code: code for code, _label in STATUSES}
        field = self.env["credit.insurance.decision"]._fields["status"]
        words |= {
            label.casefold(): code
            for code, label in field._description_selection(self.env)
        }
        words |= {line.word.strip().casefold(): line.status for line in self.status_ids}
        return decision_file.Format(self.date_format, self.decimal_sign, words)


class CreditInsuranceMappingStatus(models.Model):
    """What the insurer calls a status."""

    _name = "credit.insurance.mapping.status"
    _description = "Insurer's Word for a Status"
    _order = "mapping_id, id"

    mapping_id = fields.Many2one(
        "credit.insurance.mapping", required=True, index=True, ondelete="cascade"
    )
    word = fields.Char(string="Insurer's word", required=True)
    status = fields.Selection(STATUSES, required=True)
