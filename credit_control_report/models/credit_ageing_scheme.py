from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.credit_control.core.ageing import BucketScheme


class CreditAgeingScheme(models.Model):
    _name = "credit.ageing.scheme"
    _description = "Ageing Buckets"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    bounds = fields.Char(
        string="Upper Bounds",
        required=True,
        default="0, 30, 60, 90, 120",
        help="Last day late of every bucket but the last, ascending. "
        "0, 30, 60 makes: not due, 1-30, 31-60 and more than 60 days late.",
    )
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    bucket_ids = fields.One2many("credit.ageing.bucket", "scheme_id", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        schemes = super().create(vals_list)
        schemes._make_buckets()
        return schemes

    def write(self, vals):
        result = super().write(vals)
        if "bounds" in vals:
            self._make_buckets()
        return result

    @api.model
    def _make_all_buckets(self) -> None:
        """Of schemes that are older than their buckets."""
        old = [("bucket_ids", "=", False)]
        self.with_context(active_test=False).search(old)._make_buckets()

    def _make_buckets(self) -> None:
        """One record for each bucket; those that are left over go."""
        for scheme in self.sudo():
            wanted = set(range(scheme._buckets().size))
            there = set(scheme.bucket_ids.mapped("sequence"))
            scheme.bucket_ids.filtered(
                lambda one, wanted=wanted: one.sequence not in wanted
            ).unlink()
            scheme.bucket_ids.create(
                [
                    {"scheme_id": scheme.id, "sequence": number}
                    for number in sorted(wanted - there)
                ]
            )

    @api.constrains("bounds")
    def _check_bounds(self):
        for scheme in self:
            try:
                scheme._buckets()
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%(bounds)s” is not a list of ascending whole numbers "
                        "separated by commas, such as 0, 30, 60.",
                        bounds=scheme.bounds,
                    )
                ) from error
            scheme._check_not_negative()

    def _check_not_negative(self) -> None:
        if self._buckets().bounds[0] < 0:
            raise ValidationError(
                self.env._(
                    "“%(bounds)s” begins below 0: days late can't be negative. What "
                    "isn't due yet is in the bucket that ends at 0.",
                    bounds=self.bounds,
                )
            )

    def _buckets(self) -> BucketScheme:
        """The bucket boundaries as the core knows them."""
        self.ensure_one()
        return BucketScheme.parse(self.bounds)

    @api.model
    def _get_default(self, company) -> "CreditAgeingScheme":
        """The first scheme of ``company``, else the first for all companies."""
        schemes = self.search([("company_id", "in", [False, company.id])])
        return (schemes.filtered("company_id") or schemes)[:1]
