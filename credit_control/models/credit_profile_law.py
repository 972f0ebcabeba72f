from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

DEBTOR_KINDS = [("business", "Business"), ("consumer", "Consumer")]


class CreditProfile(models.Model):
    """Whose law applies to a debtor, and whether he is a consumer."""

    _inherit = "credit.profile"

    debtor_kind = fields.Selection(
        DEBTOR_KINDS,
        string="Kind of debtor",
        compute="_compute_debtor_kind",
        search="_search_debtor_kind",
    )
    debtor_kind_reason = fields.Char(
        string="Why this kind", compute="_compute_debtor_kind"
    )
    own_debtor_kind = fields.Selection(
        DEBTOR_KINDS,
        string="Treated as",
        tracking=True,
        help="Chosen for this debtor. Empty: by the VAT number, the registration or "
        "whether it is a company.",
    )
    own_law_country_id = fields.Many2one(
        "res.country",
        string="Law of",
        tracking=True,
        help="Chosen for this debtor. Empty: for businesses our own country, for "
        "consumers where they live.",
    )
    law_reason = fields.Char(string="Why this choice", tracking=True)
    contract_date = fields.Date(
        string="Date of the contract",
        tracking=True,
        help="The law in force on this day applies. Empty: today's law.",
    )
    regime_id = fields.Many2one(
        "credit.regime", string="Legal regime", compute="_compute_regime_id"
    )
    regime_reason = fields.Char(string="Why this law", compute="_compute_regime_id")

    @api.depends(
        "own_debtor_kind",
        "partner_id.is_company",
        "partner_id.vat",
        "partner_id.company_registry",
    )
    @api.depends_context("lang")
    def _compute_debtor_kind(self):
        for profile in self:
            kind, reason = profile._get_debtor_kind()
            profile.debtor_kind = profile.own_debtor_kind or kind
            profile.debtor_kind_reason = (
                self.env._("Chosen for this debtor.")
                if profile.own_debtor_kind
                else reason
            )

    def _get_debtor_kind(self) -> tuple[str, str]:
        """Business or consumer by what is known of the customer, and why."""
        partner = self.partner_id
        if (partner.vat or "/") != "/":
            return "business", self.env._("Has a VAT number.")
        if partner.company_registry:
            return "business", self.env._("Has a registration number.")
        if partner.is_company:
            return "business", self.env._("Is a company.")
        return "consumer", self.env._("Is a person without VAT number.")

    @api.model
    def _debtor_kind_sql(self) -> SQL:
        """:meth:`_get_debtor_kind` of the debtor file ``p``, its customer ``c``."""
        return SQL(
            """COALESCE(p.own_debtor_kind,
                        CASE WHEN COALESCE(c.vat, '') NOT IN ('', '/')
                               OR COALESCE(c.company_registry, '') <> ''
                               OR c.is_company
                             THEN 'business' ELSE 'consumer' END)"""
        )

    @api.model
    def _law_country_sql(self, company) -> SQL:
        """:meth:`_get_law_country` of ``p`` and ``c``: the id of the country."""
        return SQL(
            """COALESCE(p.own_law_country_id,
                        CASE WHEN %s = 'consumer' THEN c.country_id END, %s)""",
            self._debtor_kind_sql(),
            company.country_id.id or None,
        )

    @api.model
    def _search_debtor_kind(self, operator, value):
        if operator != "in":
            return NotImplemented
        business = Domain("partner_id.is_company", "=", True)
        for name in ("vat", "company_registry"):
            business |= Domain(f"partner_id.{name}", "not in", [False, "", "/"])
        by_default = {"business": business, "consumer": ~business}
        unchosen = Domain("own_debtor_kind", "=", False)
        return Domain("own_debtor_kind", "in", value) | Domain.OR(
            unchosen & by_default[kind] for kind in value if kind in by_default
        )

    @api.depends(
        "debtor_kind",
        "own_law_country_id",
        "contract_date",
        "partner_id.country_id",
        "company_id.country_id",
    )
    @api.depends_context("lang")
    def _compute_regime_id(self):
        today = fields.Date.context_today(self)
        for question, profiles in self.grouped(
            lambda profile: profile._get_law_question(today)
        ).items():
            profiles.regime_id = self.env["credit.regime"]._get_for(*question)
            for profile in profiles:
                profile.regime_reason = profile._get_regime_reason(question[0])

    def _get_regime(self, as_of: date):
        """The legal regime on ``as_of``; on the day of the contract if known."""
        return self.env["credit.regime"]._get_for(*self._get_law_question(as_of))

    def _get_law_question(self, as_of: date) -> tuple:
        """Country, kind of debtor and day that decide on the regime."""
        return (
            self._get_law_country(),
            self.debtor_kind,
            self.contract_date or as_of,
        )

    def _get_law_country(self):
        """Whose law applies: ours to businesses, their own to consumers."""
        own = self.company_id.country_id
        if self.debtor_kind == "consumer":
            own = self.partner_id.country_id or own
        return self.own_law_country_id or own

    def _get_regime_reason(self, country) -> str:
        """Why the regime is what it is, in words."""
        if not country:
            return self.env._("Neither our country nor the debtor's is known.")
        if not self.regime_id:
            return self.env._("No rules are recorded for %s.", country.name)
        if self.own_law_country_id:
            return self.env._("Law of %s: chosen for this debtor.", country.name)
        if self.debtor_kind == "business":
            return self.env._("Businesses: law of our country, %s.", country.name)
        if country == self.partner_id.country_id:
            return self.env._("Consumers: law of where they live, %s.", country.name)
        return self.env._(
            "Consumers: where this one lives isn't known, so law of our country, %s.",
            country.name,
        )

    @api.constrains("own_debtor_kind", "own_law_country_id", "law_reason")
    def _check_law_reason(self):
        for profile in self:
            chosen = profile.own_debtor_kind or profile.own_law_country_id
            if chosen and not (profile.law_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Say why another kind of debtor or law is chosen for %s.",
                        profile.display_name,
                    )
                )

    @api.model
    def _get_or_new(self, partner, company):
        """The debtor file of ``partner`` in ``company``; a draft when missing."""
        partner = partner.with_company(company).commercial_partner_id
        return partner.credit_profile_id or self.new(
            {"partner_id": partner.id, "company_id": company.id}
        )
