from odoo import fields, models


class CreditCollectionRegistration(models.Model):
    """Where an agency is registered to collect from consumers, and until when."""

    _name = "credit.collection.registration"
    _description = "Registration of a Collection Agency"
    _order = "agency_id, country_id, id"
    _rec_name = "number"

    agency_id = fields.Many2one(
        "credit.collection.agency", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="agency_id.company_id")
    country_id = fields.Many2one(
        "res.country", string="Country", required=True, ondelete="restrict"
    )
    number = fields.Char(required=True)
    date_to = fields.Date(
        string="Until", help="The last day. Empty: until somebody ends it."
    )

    _once_uniq = models.UniqueIndex(
        "(agency_id, country_id)", "The agency is registered in a country once."
    )
    _number_given = models.Constraint(
        "CHECK (TRIM(number) <> '')", "Enter the number of the registration."
    )
