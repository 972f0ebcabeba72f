from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.models.credit_profile_payment import USUAL_ORDER

from ..core import collection

PRE_COLLECTION, AMICABLE, LEGAL = (
    collection.PRE_COLLECTION,
    collection.AMICABLE,
    collection.LEGAL,
)
SERVICES = [
    (PRE_COLLECTION, "Pre-collection"),
    (AMICABLE, "Amicable collection"),
    (LEGAL, "Legal collection"),
]
KINDS = [
    ("agency", "Collection agency"),
    ("bailiff", "Bailiff"),
    ("lawyer", "Lawyer"),
    ("insurer", "Insurer's collector"),
]
# Their profession is supervised: they need not be registered as collectors too.
SUPERVISED = ("bailiff", "lawyer")
# By whom and from where an e-mail goes out that is written in an agency's name.
LETTER_SENDERS = [
    ("us", "Our address"),
    ("answers", "Ours, answers to it"),
    ("agency", "Its own address"),
]


class CreditCollectionAgency(models.Model):
    """Who collects for us: agency, bailiff, lawyer or the insurer's collector."""

    _name = "credit.collection.agency"
    _description = "Collection Agency"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(related="partner_id.name", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Agency", required=True, tracking=True, index=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True, default="agency", tracking=True)
    does_pre_collection = fields.Boolean(string="Pre-collection")
    does_amicable = fields.Boolean(string="Amicable collection", default=True)
    does_legal = fields.Boolean(string="Legal collection")
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        help="Of the debtors it collects from. Empty: all countries.",
    )
    does_consumers = fields.Boolean(
        string="Consumers too", help="Otherwise it gets files on businesses only."
    )
    registration_ids = fields.One2many(
        "credit.collection.registration",
        "agency_id",
        string="Registrations",
        copy=True,
        help="Who collects from consumers has to be registered where they live: in the "
        "Netherlands under the Wki, also for debts of sole traders; in Belgium with the "
        "FPS Economy. Bailiffs and lawyers need no registration. Of other countries "
        "nothing is checked.",
    )
    registration_warning = fields.Char(compute="_compute_registration_warning")
    contact_id = fields.Many2one(
        "res.partner",
        string="Contact",
        help="Gets our files and messages. Empty: the agency itself.",
    )
    email = fields.Char(related="recipient_id.email")
    recipient_id = fields.Many2one(
        "res.partner", compute="_compute_recipient_id", store=True
    )
    lang = fields.Selection(related="recipient_id.lang", string="Language")
    delivery = fields.Selection(
        [("link", "E-mail with a link"), ("mail", "E-mail with the dossier attached")],
        string="Dossiers go by",
        required=True,
        default="link",
    )
    letter_sender = fields.Selection(
        LETTER_SENDERS,
        string="E-mails in its name",
        required=True,
        default="us",
        tracking=True,
        help="From which address e-mails of pre-collection levels come; the sender's "
        "name is that of the agency in any case. Its own address only where it lets "
        "your mail server send for it (SPF, DKIM): other servers take such mails for "
        "spam.",
    )
    data_format = fields.Selection(
        [("xlsx", "XLSX and JSON"), ("csv", "CSV and JSON")],
        string="Data as",
        required=True,
        default="xlsx",
        help="How the claims are listed in the dossier, beside the PDFs.",
    )
    link_days = fields.Integer(
        string="Days a link is valid", default=30, help="Counted from its sending."
    )
    customer_reference = fields.Char(
        string="Our number there", help="How the agency knows us."
    )
    fee_ids = fields.One2many(
        "credit.collection.fee", "agency_id", string="Price list", copy=True
    )
    allocation = fields.Selection(
        [
            ("law", "By law"),
            ("costs_interest_principal", "Costs, interest, principal"),
            ("interest_principal_costs", "Interest, principal, costs"),
            ("principal_interest_costs", "Principal, interest, costs"),
        ],
        string="What is collected pays",
        required=True,
        default="law",
        help="By law: as recorded for the debtor's legal regime. Otherwise as agreed "
        "with the agency.",
    )
    fee_withheld = fields.Boolean(
        string="Keeps its fee",
        default=True,
        help="What it remits is less its fee. Otherwise it sends an invoice.",
    )
    fee_billed = fields.Boolean(
        string="Invoices what it keeps",
        help="It sends an invoice for the fee that it keeps. Otherwise its statement "
        "is the invoice, and fee and VAT are booked with the remittance.",
    )
    fee_on_direct = fields.Boolean(
        string="Fee on what is paid to us",
        help="It gets its fee on direct payments that it was told of as well.",
    )
    tells_direct = fields.Boolean(
        string="Tell what is paid to us",
        default=True,
        help="Each morning the agency gets a message when a debtor paid us directly.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Journal of remittances",
        domain=[("type", "in", ("bank", "general"))],
        check_company=True,
    )
    bank_account_id = fields.Many2one(
        "account.account",
        string="Account of what is remitted",
        check_company=True,
        help="E.g. outstanding receipts, if the bank statement is booked by itself. "
        "Empty: the account of the journal.",
    )
    fee_account_id = fields.Many2one(
        "account.account", string="Account of fees", check_company=True
    )
    tax_id = fields.Many2one(
        "account.tax",
        string="VAT on fees",
        domain=[("type_tax_use", "=", "purchase"), ("amount_type", "=", "percent")],
        check_company=True,
    )
    note = fields.Html()
    # {heading: what it is}, as chosen when a list was imported last.
    import_headings = fields.Json(copy=False, groups="base.group_system")
    file_ids = fields.One2many("credit.collection.file", "agency_id")
    file_count = fields.Integer(string="Open files", compute="_compute_file_count")

    _link_days_range = models.Constraint(
        "CHECK (link_days BETWEEN 1 AND 365)",
        "A link is valid for a day at least, and a year at most.",
    )

    def _compute_file_count(self):
        counts = dict(
            self.env["credit.collection.file"]._read_group(
                [("agency_id", "in", self.ids), ("is_held", "=", True)],
                ["agency_id"],
                ["__count"],
            )
        )
        for agency in self:
            agency.file_count = counts.get(agency, 0)

    @api.depends("contact_id", "partner_id")
    def _compute_recipient_id(self):
        for agency in self:
            agency.recipient_id = agency.contact_id or agency.partner_id

    @api.depends(
        "kind",
        "does_consumers",
        "country_ids",
        "registration_ids.country_id",
        "registration_ids.date_to",
    )
    @api.depends_context("lang")
    def _compute_registration_warning(self):
        for agency in self:
            countries = agency.country_ids or agency.company_id.country_id
            today = fields.Date.context_today(agency)
            gaps = agency.does_consumers and [
                agency._get_registration_gap(country, today) for country in countries
            ]
            agency.registration_warning = " ".join(filter(None, gaps or []))

    def _get_registration_gap(self, country, as_of, *, consumer=True) -> str | bool:
        """Why the agency may not collect from natural persons in ``country``.

        :param consumer: or persons in business
        """
        register = collection.find_register(
            country.code, consumer=consumer, person=True
        )
        if not register or self.kind in SUPERVISED:
            return False
        own = self.registration_ids.filtered(lambda r: r.country_id == country)
        words = {
            "agency": self.name,
            "register": self._word_register(register),
            "country": country.name,
        }
        if not own and consumer:
            return self.env._(
                "%(agency)s is not registered to collect from consumers in "
                "%(country)s (%(register)s).",
                **words,
            )
        if not own:
            return self.env._(
                "%(agency)s is not registered to collect from sole traders in "
                "%(country)s (%(register)s). If the debtor is a company, say so on the "
                "customer.",
                **words,
            )
        if own.date_to and own.date_to < as_of:
            return self.env._(
                "The registration of %(agency)s for %(country)s (%(register)s) ended on "
                "%(day)s.",
                day=format_date(self.env, own.date_to),
                **words,
            )
        return False

    @api.constrains("letter_sender", "partner_id")
    def _check_letter_sender(self):
        for agency in self:
            if agency.letter_sender != "us" and not agency._get_letter_address():
                raise ValidationError(
                    self.env._("%s has no e-mail address of its own.", agency.name)
                )

    def _get_letter_address(self) -> str | bool:
        """Where debtors answer what is written in the agency's name."""
        return self.partner_id.email_normalized

    def _word_register(self, register: collection.Register) -> str:
        """Its name, where it has one in each language."""
        words = {"FPS Economy": self.env._("FPS Economy")}
        return words.get(register.name, register.name)

    def _get_registration_words(self) -> list[str]:
        """The registrations, as they stand below a letter."""
        words = []
        for own in self.registration_ids:
            register = collection.REGISTERS.get(own.country_id.code)
            name = self._word_register(register) if register else own.country_id.name
            words.append(f"{name} {own.number}")
        return words

    @api.constrains("does_pre_collection", "does_amicable", "does_legal")
    def _check_services(self):
        for agency in self:
            if not agency._get_services():
                raise ValidationError(self.env._("Say what %s does.", agency.name))

    def _get_services(self) -> list[str]:
        """What it does, in the order in which a debt is collected."""
        return [code for code, _label in SERVICES if self[f"does_{code}"]]

    # -- choice ----------------------------------------------------------------

    def _find_refusal(self, profile, as_of) -> str | bool:
        """Why this agency can't collect from the debtor ``profile``."""
        country = profile.partner_id.country_id
        if self.country_ids and country and country not in self.country_ids:
            return self.env._(
                "%(agency)s doesn't collect in %(country)s.",
                agency=self.name,
                country=country.name,
            )
        consumer = profile.debtor_kind == "consumer"
        if consumer and not self.does_consumers:
            return self.env._("%s doesn't collect from consumers.", self.name)
        if not consumer and profile.partner_id.is_company:
            return False
        return self._get_registration_gap(
            country or profile.company_id.country_id, as_of, consumer=consumer
        )

    @api.model
    def _find_for_each(self, profiles, as_of) -> dict:
        """{debtor: the first agency of the list that collects from him}."""
        agencies = self.search([("company_id", "in", profiles.company_id.ids)])
        return {
            profile: agencies.filtered(
                lambda agency, profile=profile: (
                    agency.company_id == profile.company_id
                    and not agency._find_refusal(profile, as_of)
                )
            )[:1]
            for profile in profiles
        }

    # -- fees ------------------------------------------------------------------

    def _get_fee_line(self, service: str, days: int, claimed):
        """The line of the price list for a file, as the core knows it.

        :param claimed: Decimal, in the company's currency
        """
        lines = self.fee_ids.filtered(
            lambda line: not line.service or line.service == service
        )
        own = lines.filtered("service") or lines
        return collection.choose_fee(
            [line._get_core_fee() for line in own], days, claimed
        )

    def _compute_fee_taxes(self, fee: float, currency) -> dict:
        """Taxes on a fee without VAT, as Odoo computes them."""
        return self.tax_id.compute_all(
            fee, currency, partner=self.partner_id, handle_price_include=False
        )

    def _is_reverse_charged(self) -> bool:
        """Whether we owe the VAT on its fees ourselves."""
        return bool(self.tax_id.amount) and not sum(
            self.tax_id.invoice_repartition_line_ids.filtered(
                lambda part: part.repartition_type == "tax"
            ).mapped("factor")
        )

    def _get_order(self, profile, as_of) -> str:
        """In which order money pays costs, interest and principal."""
        if self.allocation != "law":
            return self.allocation
        return profile._get_regime(as_of).allocation or USUAL_ORDER

    def action_view_files(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_insurance.action_collection_file"
        )
        return {**action, "domain": [("agency_id", "=", self.id)], "context": {}}


class CreditCollectionFee(models.Model):
    """A line of the price list of an agency."""

    _name = "credit.collection.fee"
    _description = "Fee of a Collection Agency"
    _order = "agency_id, service, from_days, from_amount, id"

    agency_id = fields.Many2one(
        "credit.collection.agency", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="agency_id.company_id")
    currency_id = fields.Many2one(related="agency_id.currency_id")
    service = fields.Selection(SERVICES, help="Empty: every service.")
    from_days = fields.Integer(
        string="From days late",
        help="When it is handed over. The line with most days that a file reaches "
        "counts, and among those the one with the highest claim.",
    )
    from_amount = fields.Monetary(string="From claim")
    percent = fields.Float(
        string="% of what is collected", digits=(5, 2), help="Without VAT."
    )
    flat = fields.Monetary(string="Fixed per file")
    minimum = fields.Monetary(string="At least per file")
    no_cure_no_pay = fields.Boolean(
        string="No cure, no pay",
        default=True,
        help="Nothing is due before something is collected.",
    )

    _percent_range = models.Constraint(
        "CHECK (percent BETWEEN 0 AND 100)", "A fee lies between 0 and 100 %."
    )
    _amounts_positive = models.Constraint(
        "CHECK (flat >= 0 AND minimum >= 0 AND from_days >= 0 AND from_amount >= 0)",
        "The amounts and days of a price list can't be negative.",
    )
    _line_uniq = models.UniqueIndex(
        "(agency_id, COALESCE(service, ''), COALESCE(from_days, 0), "
        "COALESCE(from_amount, 0))",
        "The price list has a line for this service, age and claim already.",
    )

    def _get_core_fee(self) -> collection.Fee:
        return collection.Fee(
            to_decimal(self.percent),
            to_decimal(self.flat),
            to_decimal(self.minimum),
            self.from_days,
            to_decimal(self.from_amount),
            self.no_cure_no_pay,
        )
