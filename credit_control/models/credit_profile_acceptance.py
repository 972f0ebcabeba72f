from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CreditProfileAcceptance(models.Model):
    """What has to be there before a debtor gets credit: the general terms he accepted,
    and the checklist of his risk tier.
    """

    _inherit = "credit.profile"

    terms_id = fields.Many2one(
        "credit.terms",
        string="General terms",
        tracking=True,
        copy=False,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    terms_state = fields.Selection(
        [("delivered", "Delivered"), ("accepted", "Accepted")],
        string="Terms are",
        tracking=True,
        copy=False,
    )
    terms_date = fields.Date(string="Terms as of", tracking=True, copy=False)
    terms_proof = fields.Binary(string="Proof", attachment=True, copy=False)
    terms_proof_name = fields.Char(copy=False)
    lacks_terms = fields.Boolean(
        string="General terms not accepted", compute="_compute_lacks_terms"
    )
    check_ids = fields.Many2many(
        "credit.check",
        string="Ticked",
        copy=False,
        help="What was checked by hand.",
    )
    open_check_ids = fields.Many2many(
        "credit.check", string="Still missing", compute="_compute_open_check_ids"
    )

    @api.constrains("terms_id", "terms_state", "terms_date")
    def _check_terms_complete(self):
        for profile in self:
            given = (profile.terms_id, profile.terms_state, profile.terms_date)
            if any(given) and not all(given):
                raise ValidationError(
                    self.env._(
                        "Say which version of the general terms it is, whether %s "
                        "accepted it, and when.",
                        profile.display_name,
                    )
                )

    @api.depends("terms_state", "keeps_terms")
    def _compute_lacks_terms(self):
        for profile in self:
            profile.lacks_terms = (
                profile.terms_state != "accepted" and profile.keeps_terms
            )

    @api.depends(
        "tier_id.check_ids.active",
        "tier_id.check_ids.kind",
        "check_ids",
        "terms_state",
        "partner_id.vat",
        "bureau_report_ids.until",
        "bureau_report_ids.date",
    )
    def _compute_open_check_ids(self):
        today = fields.Date.context_today(self)
        reported = self._get_valid_reports(today)
        for profile in self:
            profile.open_check_ids = profile.tier_id.check_ids.filtered(
                lambda check, profile=profile: not profile._is_checked(check, reported)
            )

    def _is_checked(self, check, reported) -> bool:
        if check.kind == "vat":
            return (self.partner_id.vat or "/") != "/"
        if check.kind == "terms":
            return self.terms_state == "accepted"
        if check.kind == "report":
            return self._origin in reported or self in reported
        return check in self.check_ids._origin

    def _get_valid_reports(self, as_of) -> dict:
        """{debtor: his newest credit report that is valid on ``as_of``}."""
        found = (
            self.env["credit.bureau.report"]
            .sudo()
            .search(
                [
                    ("profile_id", "in", self._origin.ids),
                    ("date", "<=", as_of),
                    "|",
                    ("until", "=", False),
                    ("until", ">=", as_of),
                ],
                order="date, id",
            )
        )
        return {report.profile_id.with_env(self.env): report for report in found}

    def write(self, vals):
        before = {p: p.check_ids for p in self} if "check_ids" in vals else {}
        result = super().write(vals)
        for profile, ticked in before.items():
            profile._log_checks(ticked)
        return result

    def _log_checks(self, before) -> None:
        """The dossier says who ticked what, and when."""
        for checks, words in (
            (self.check_ids - before, self.env._("Checked: %s")),
            (before - self.check_ids, self.env._("Not checked any more: %s")),
        ):
            if checks:
                self._message_log(body=words % ", ".join(checks.mapped("name")))
