from odoo import api, fields, models

from .credit_ageing import DUE


class CreditAgeingBucket(models.Model):
    """One bucket of a scheme, as lists and pivots group by it. The scheme makes it."""

    _name = "credit.ageing.bucket"
    _description = "Ageing Bucket"
    _order = "scheme_id, sequence"

    scheme_id = fields.Many2one(
        "credit.ageing.scheme", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(required=True)

    _sequence_uniq = models.Constraint(
        "UNIQUE (scheme_id, sequence)", "A scheme has each bucket once."
    )

    @api.depends("scheme_id.bounds", "sequence")
    @api.depends_context("lang", "credit_ageing_by")
    def _compute_display_name(self):
        ageing = self.env["credit.ageing"]
        by = self.env.context.get("credit_ageing_by") or DUE
        for bucket in self:
            ranges = bucket.scheme_id._buckets().ranges()
            known = bucket.sequence < len(ranges)
            bucket.display_name = known and ageing._bucket_label(
                *ranges[bucket.sequence], by
            )
