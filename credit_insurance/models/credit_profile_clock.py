from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.credit_control.models.credit_profile_risk import RiskReason

from .credit_insurance_clock import KINDS
from .credit_insurance_stop import REASONS


class CreditProfileClock(models.Model):
    """The insurer's deadlines of a debtor, and whether deliveries to him are stopped."""

    _inherit = "credit.profile"

    insurance_next_kind = fields.Selection(
        KINDS, string="Next deadline", compute="_compute_insurance_clock"
    )
    insurance_next_date = fields.Date(
        string="Deadline on", compute="_compute_insurance_clock"
    )
    insurance_next_words = fields.Char(
        string="Insurer's next deadline", compute="_compute_insurance_clock"
    )
    insurance_stop_reason = fields.Selection(
        REASONS, string="Why deliveries stop", compute="_compute_insurance_stop"
    )
    insurance_stop_date = fields.Date(
        string="Stop shipment since", compute="_compute_insurance_stop"
    )
    is_insurance_stopped = fields.Boolean(
        string="Stop shipment",
        compute="_compute_insurance_stop",
        search="_search_is_insurance_stopped",
    )
    suspended_amount = fields.Monetary(
        string="Cover suspended",
        compute="_compute_insurance_clock",
        help="Disputed: the insurer covers it again once the dispute is settled.",
    )
    extension_count = fields.Integer(compute="_compute_insurance_counts")
    claim_count = fields.Integer(string="Claims", compute="_compute_insurance_counts")

    @api.depends("open_amount")
    def _compute_insurance_clock(self):
        rows = self._fetch_clock_rows()
        for profile in self:
            mine = rows.get(profile._origin.id, [])
            ahead = [row for row in mine if row["next_date"]]
            first = ahead[0] if ahead else {}
            profile.insurance_next_kind = first.get("next_kind", False)
            profile.insurance_next_date = first.get("next_date", False)
            profile.insurance_next_words = (
                profile._word_deadline(first) if first else False
            )
            profile.suspended_amount = sum(
                float(row["amount"]) for row in mine if row["uncovered"] == "disputed"
            )

    def _fetch_clock_rows(self) -> dict[int, list[dict]]:
        """{debtor id: rows of his insured items, what is next first}; one query."""
        today = fields.Date.context_today(self)
        insured = self.sudo().insurance_limit_ids.profile_id
        rows = self.env["credit.insurance.clock"]._fetch_rows(insured, today)
        found: dict[int, list[dict]] = {}
        for row in rows:
            if row["uncovered"] not in ("term", "stopped"):
                found.setdefault(row["profile_id"], []).append(row)
        return found

    def _word_deadline(self, row: dict) -> str:
        """The deadline with its countdown."""
        label = dict(
            self._fields["insurance_next_kind"]._description_selection(self.env)
        )[row["next_kind"]]
        day, left = format_date(self.env, row["next_date"]), row["days_left"]
        if left < 0:
            return self.env._(
                "%(what)s: missed by %(days)s days, was due on %(day)s",
                what=label,
                days=-left,
                day=day,
            )
        if left == 0:
            return self.env._("%s: today", label)
        return self.env._(
            "%(what)s in %(days)s days, on %(day)s", what=label, days=left, day=day
        )

    @api.depends("open_amount")
    def _compute_insurance_stop(self):
        today = fields.Date.context_today(self)
        stops = self.env["credit.insurance.stop"].sudo()
        known = self._origin
        found = stops._fetch_stops(today, known) if known else {}
        for profile in self:
            reason, since = found.get(profile._origin.id, (False, False))
            profile.insurance_stop_reason = reason
            profile.insurance_stop_date = since
            profile.is_insurance_stopped = bool(reason)

    def _update_insurance_stops(self) -> None:
        """Write down what stops deliveries to these debtors from today on."""
        for company, profiles in self.sudo().grouped("company_id").items():
            profiles.env["credit.insurance.stop"]._update_stops(
                company, company._credit_today(), profiles
            )

    @api.model
    def _search_is_insurance_stopped(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        today = fields.Date.context_today(self)
        found = list(self.env["credit.insurance.stop"].sudo()._fetch_stops(today))
        is_in = (True in value) == (operator == "in")
        return [("id", "in" if is_in else "not in", found)]

    def _compute_insurance_counts(self):
        extensions = self._count("credit.insurance.extension")
        claims = self._count("credit.claim")
        for profile in self:
            profile.extension_count = extensions.get(profile, 0)
            profile.claim_count = claims.get(profile, 0)

    # -- orders and deliveries -------------------------------------------------

    def _get_risk_reasons(self) -> list[RiskReason]:
        """Deliveries that the insurer doesn't cover wait, whatever the tier says."""
        reasons = super()._get_risk_reasons()
        if self.is_insurance_stopped:
            words = self.env._(
                "The credit insurance stops deliveries since %s.",
                format_date(self.env, self.insurance_stop_date),
            )
            reasons.append(RiskReason("stop_shipment", words, "approval"))
        return reasons

    # -- facts for a call ------------------------------------------------------

    def _get_facts(self) -> list[tuple[str, str]]:
        facts = super()._get_facts()
        if words := self.insurance_next_words:
            facts.append((self.env._("Insurance"), words))
        return facts

    # -- actions ---------------------------------------------------------------

    def action_view_clocks(self):
        """The insured invoices with their deadlines."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deadlines of %s", self.partner_id.display_name),
            "res_model": "credit.insurance.clock",
            "view_mode": "list",
            "domain": [("profile_id", "=", self.id)],
        }

    def action_view_extensions(self):
        name = self.env._("Requests for more time of %s", self.partner_id.display_name)
        return self._get_records_action("credit.insurance.extension", name)

    def action_view_claims(self):
        name = self.env._("Claims on %s", self.partner_id.display_name)
        return self._get_records_action("credit.claim", name)
