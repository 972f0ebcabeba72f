from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from ..core.names import is_form_change

# Field of the partner → field of its debtor file in the current company.
PROFILE_FIELDS = {
    "credit_tier_id": "tier_id",
    "credit_no_limit": "no_limit",
    "credit_limit_amount": "limit",
    "credit_currency_id": "currency_id",
    "credit_limit_currency_id": "agreed_currency_id",
    "credit_open_amount": "open_amount",
    "credit_overdue_amount": "overdue_amount",
    "credit_exposure": "exposure",
    "credit_next_action": "next_action",
    "credit_next_action_date": "next_action_date",
    "credit_order_hold": "order_hold",
    "credit_order_hold_reason": "order_hold_reason",
}
# Changes of a customer that raise a risk signal by themselves.
SIGNALS = {
    "name": "credit_control.signal_name",
    "vat": "credit_control.signal_vat",
    **dict.fromkeys(
        ("street", "zip", "city", "country_id"), "credit_control.signal_address"
    ),
}
FORM_SIGNAL = "credit_control.signal_form"
VIEWERS = "credit_control.group_viewer"
# Fields that show the debtor file of the current company.
SEEN = {"compute": "_compute_credit_fields", "groups": VIEWERS}


class ResPartner(models.Model):
    _inherit = "res.partner"

    type = fields.Selection(
        selection_add=[("dunning", "Reminders")],
        ondelete={"dunning": lambda contacts: contacts.write({"type": "other"})},
    )
    credit_profile_ids = fields.One2many(
        "credit.profile", "partner_id", string="Debtor files", groups=VIEWERS
    )
    credit_profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor file",
        compute="_compute_credit_profile_id",
        search="_search_credit_profile_id",
        groups=VIEWERS,
    )
    credit_tier_id = fields.Many2one(
        "credit.risk.tier",
        string="Risk tier",
        inverse="_inverse_credit_tier_id",
        search="_search_credit_tier_id",
        **SEEN,
    )
    credit_no_limit = fields.Boolean(
        string="No credit limit", inverse="_inverse_credit_no_limit", **SEEN
    )
    credit_limit_amount = fields.Monetary(
        string="Agreed limit",
        inverse="_inverse_credit_limit_amount",
        currency_field="credit_limit_currency_id",
        **SEEN,
    )
    credit_limit_currency_id = fields.Many2one("res.currency", **SEEN)
    credit_currency_id = fields.Many2one("res.currency", **SEEN)
    credit_open_amount = fields.Monetary(
        string="Open", currency_field="credit_currency_id", **SEEN
    )
    credit_overdue_amount = fields.Monetary(
        string="Overdue", currency_field="credit_currency_id", **SEEN
    )
    credit_exposure = fields.Monetary(
        string="Exposure", currency_field="credit_currency_id", **SEEN
    )
    credit_next_action = fields.Char(string="Next action", **SEEN)
    credit_next_action_date = fields.Date(string="Next action on", **SEEN)
    credit_order_hold = fields.Boolean(string="Orders on hold", **SEEN)
    credit_order_hold_reason = fields.Char(string="Why orders are on hold", **SEEN)

    credit_term_warning = fields.Char(
        string="Payment term beyond the law",
        compute="_compute_credit_term_warning",
        groups=VIEWERS,
    )

    @api.depends_context("company", "lang")
    @api.depends("property_payment_term_id", "country_id", "vat", "is_company")
    def _compute_credit_term_warning(self):
        today = fields.Date.context_today(self)
        for partner in self:
            term = partner.property_payment_term_id
            partner.credit_term_warning = bool(
                term
            ) and partner._get_credit_term_warning(term, today)

    def _get_credit_term_warning(self, term, as_of) -> str | bool:
        profile = self.env["credit.profile"]._get_or_new(self, self.env.company)
        return profile._get_regime(as_of)._get_payment_term_warning(term, as_of)

    @api.depends_context("company")
    @api.depends("commercial_partner_id")
    def _compute_credit_profile_id(self):
        profiles = self.env["credit.profile"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        by_partner = {profile.partner_id.id: profile for profile in profiles}
        for partner in self:
            partner.credit_profile_id = by_partner.get(partner.commercial_partner_id.id)

    @api.model
    def _search_credit_profile_id(self, operator, value):
        if operator in ("any", "any!"):
            return self._credit_profile_domain(Domain(value))
        if operator != "in":
            return NotImplemented
        wanted = [profile_id for profile_id in value if profile_id]
        domain = self._credit_profile_domain(Domain("id", "in", wanted))
        if False in value:
            domain |= ~self._credit_profile_domain(Domain.TRUE)
        return domain

    @api.model
    def _credit_profile_domain(self, domain: Domain) -> Domain:
        """Partners whose debtor file in the current company matches ``domain``."""
        here = Domain("company_id", "=", self.env.company.id)
        return Domain("commercial_partner_id.credit_profile_ids", "any", here & domain)

    @api.depends_context("company")
    @api.depends("credit_profile_id")
    def _compute_credit_fields(self):
        newcomer = self.env["credit.profile"].new({"company_id": self.env.company.id})
        for partner in self:
            profile = partner.credit_profile_id or newcomer
            for name, source in PROFILE_FIELDS.items():
                partner[name] = (
                    profile[source]
                    if profile.id
                    or name
                    in (
                        "credit_tier_id",
                        "credit_no_limit",
                        "credit_currency_id",
                        "credit_limit_currency_id",
                    )
                    else False
                )

    def _inverse_credit_tier_id(self):
        self._write_credit_profiles("credit_tier_id")

    def _inverse_credit_no_limit(self):
        self._write_credit_profiles("credit_no_limit")

    def _inverse_credit_limit_amount(self):
        self._write_credit_profiles("credit_limit_amount")

    def _write_credit_profiles(self, name: str) -> None:
        """Put one field into the debtor file, made when missing.

        One at a time: when a partner is created, an inverse that several fields
        share finds those that were not given empty.
        """
        source = PROFILE_FIELDS[name]
        for partner in self:
            profile = self.env["credit.profile"]._get_or_create(
                partner, self.env.company
            )
            if profile[source] != partner[name]:
                profile.with_context(
                    credit_limit_reason=self.env._("Written on the customer's form.")
                )[source] = partner[name]
        self.invalidate_recordset(["credit_profile_id"])

    @api.model
    def _search_credit_tier_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        return self._credit_profile_domain(Domain("tier_id", operator, value))

    def write(self, vals):
        # Odoo takes a key of these out of the values.
        is_moved = bool({"parent_id", "is_company"} & vals.keys())
        watched = self._credit_watched(vals)
        result = super().write(vals)
        self._credit_signal_changes(watched)
        if is_moved:
            self._credit_follow_parent()
        return result

    def _credit_watched(self, vals) -> dict:
        """{partner: {field: what it says}} of what shouldn't change unseen."""
        names = [name for name in SIGNALS if name in vals]
        if not names:
            return {}
        debtors = self.sudo().filtered("credit_profile_ids")
        return {
            partner: {name: partner._credit_get_words(name) for name in names}
            for partner in debtors
        }

    def _credit_get_words(self, name: str) -> str:
        value = self[name]
        return (value.name if name == "country_id" else value) or ""

    def _credit_signal_changes(self, watched: dict) -> None:
        """One signal of a kind, whatever else of it changed."""
        for partner, before in watched.items():
            changes = defaultdict(list)
            for name, old in before.items():
                new = partner._credit_get_words(name)
                if old and old != new:
                    kind = SIGNALS[name]
                    if name == "name" and is_form_change(old, new):
                        kind = FORM_SIGNAL
                    changes[kind].append(f"{old} → {new or '–'}")
            for kind, words in changes.items():
                partner.credit_profile_ids._raise_signal(kind, ", ".join(words))

    def _credit_follow_parent(self) -> None:
        """A contact shares the debtor file of his company: his own goes there."""
        contacts = self.filtered(lambda p: p != p.commercial_partner_id)
        for partner, group in contacts.grouped("commercial_partner_id").items():
            group.sudo().with_context(active_test=False).credit_profile_ids._move_to(
                partner
            )

    def _credit_get_salutation(self) -> str:
        """How a letter addresses this partner, in the language of the environment."""
        person = not self.is_company and (not self.parent_id or self.type == "contact")
        if person and self.name:
            return self.env._("Dear %s,", self.name)
        # The name of an address is often that of a department.
        return self.env._("Dear Sir or Madam,")

    def _credit_get_address_lines(self) -> list[str]:
        """As on an envelope."""
        company_name = self.commercial_partner_id.name
        names = [company_name] if self != self.commercial_partner_id else []
        if self.name and self.name != company_name:
            names.append(self.name)
        address = self._display_address(without_company=True)
        lines = (names or [company_name]) + address.splitlines()
        return [line.strip() for line in lines if line and line.strip()]

    def action_open_credit_profile(self):
        """Open the debtor file in the current company, made when missing."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Debtor"),
            "res_model": "credit.profile",
            "res_id": self._get_credit_file_here().id,
            "view_mode": "form",
        }

    def action_request_credit_limit(self):
        """Ask for another limit and say why, or decide on it at once."""
        return self._get_credit_file_here().action_request_limit()

    def action_overrule_credit_tier(self):
        """Choose another risk tier, say why and until when."""
        return self._get_credit_file_here().action_overrule_tier()

    def _get_credit_file_here(self):
        """The debtor file in the current company, made when missing."""
        self.ensure_one()
        self.env["credit.profile"].check_access("read")
        return self.env["credit.profile"]._get_or_create(self, self.env.company)
