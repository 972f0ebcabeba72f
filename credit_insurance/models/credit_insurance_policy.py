from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..core import clocks, terms

# What the law asks on premiums of credit insurance. Source: reference of the trade.
TAX_OF_COUNTRY = {"BE": 9.25, "NL": 21.0}


class CreditInsurancePolicy(models.Model):
    """A credit insurance policy of a company, and what it says.

    What it says in general stands here; lines say where countries and kinds of cover
    differ.
    """

    _name = "credit.insurance.policy"
    _description = "Credit Insurance Policy"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "credit.insurance.conditions",
    ]
    _order = "date_from desc, id desc"
    _rec_name = "number"
    _check_company_auto = True

    number = fields.Char(required=True, tracking=True)
    insurer_id = fields.Many2one("res.partner", required=True, tracking=True)
    broker_id = fields.Many2one("res.partner")
    company_id = fields.Many2one(
        "res.company",
        string="Insured company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    co_insured_ids = fields.Many2many(
        "res.company",
        string="Co-insured companies",
        help="Whose claims the policy covers, too.",
    )
    pledgee_id = fields.Many2one(
        "res.partner",
        help="The bank or factor that indemnities are paid to, if the policy is "
        "pledged.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    date_from = fields.Date(string="From", required=True, tracking=True)
    date_to = fields.Date(
        string="To", tracking=True, help="Empty: until further notice."
    )
    basis = fields.Selection(
        [
            ("risk", "Day of delivery (risk-attaching)"),
            ("loss", "Day of the loss (loss-occurring)"),
        ],
        string="What counts",
        required=True,
        default="risk",
        tracking=True,
        help="Which day has to lie within the policy for a claim to be covered.",
    )
    vat_covered = fields.Boolean(
        string="VAT is insured", help="Otherwise amounts count without VAT."
    )
    top_up = fields.Boolean(
        string="Top-up policy",
        tracking=True,
        help="It covers what lies above the limits of other policies. Otherwise the "
        "policy with the best percentage is used first; nothing is ever covered twice.",
    )
    insured_percent = fields.Float(tracking=True)
    extension_days = fields.Integer(tracking=True)
    terms_ids = fields.One2many(
        "credit.insurance.terms", "policy_id", string="Countries and kinds"
    )
    note = fields.Html()
    document_ids = fields.Many2many(
        "ir.attachment",
        string="Documents",
        help="The policy, its appendices and conditions.",
    )
    active = fields.Boolean(default=True)

    # -- losses ----------------------------------------------------------------

    claims_threshold = fields.Monetary(
        string="Threshold of claims",
        tracking=True,
        help="Losses up to this amount are not indemnified.",
    )
    first_loss = fields.Monetary(
        string="First loss of each claim",
        tracking=True,
        help="Each-and-every first loss: you bear this much of every claim.",
    )
    aggregate_first_loss = fields.Monetary(
        string="First loss of the year",
        tracking=True,
        help="Aggregate first loss: you bear the approved claims of a policy year up "
        "to this amount.",
    )
    deducted = fields.Selection(
        [
            ("after", "After the insured percentage"),
            ("before", "Before the insured percentage"),
        ],
        string="First losses are taken off",
        required=True,
        default="after",
    )
    liability_kind = fields.Selection(
        [
            ("none", "Unlimited"),
            ("amount", "An amount"),
            ("premium", "A multiple of the premium"),
        ],
        string="Maximum liability",
        required=True,
        default="none",
        help="What the insurer pays in a policy year at most.",
    )
    liability_amount = fields.Monetary(string="At most", tracking=True)
    liability_multiple = fields.Float(
        string="Times the premium", digits=(6, 2), default=30.0, tracking=True
    )

    # -- deadlines -------------------------------------------------------------

    watch_deadlines = fields.Boolean(
        string="Watch deadlines",
        default=True,
        tracking=True,
        help="Unpaid invoices have a countdown, overdues are proposed to be reported, and "
        "deliveries stop by these terms or when a limit ends.",
    )
    notification_days = fields.Integer(
        string="Report overdues within",
        default=30,
        tracking=True,
        help="Notification of overdue account: the whole balance of the debtor is "
        "reported so many days after the extension period, or after the due date.",
    )
    notification_from = fields.Selection(
        [
            ("extension", "days after the extension period"),
            ("due", "days after the original due date"),
        ],
        string="Counted",
        required=True,
        default="extension",
    )
    waiting_days = fields.Integer(
        string="Waiting period",
        default=180,
        tracking=True,
        help="So many days after its start the debt is a loss, even if the debtor is "
        "not insolvent.",
    )
    waiting_start = fields.Selection(
        [
            ("handover", "days after the overdue is reported"),
            ("due", "days after the original due date"),
        ],
        string="Starts",
        required=True,
        default="handover",
    )
    claim_days = fields.Integer(
        string="Claim within",
        default=60,
        help="Days after the day of the loss in which the claim is submitted. 0: no "
        "deadline.",
    )

    # -- premium ---------------------------------------------------------------

    turnover_of = fields.Selection(
        [
            ("business", "All business customers"),
            ("insured", "Debtors with a limit"),
        ],
        string="Turnover declared of",
        required=True,
        default="business",
    )
    premium_rate = fields.Float(
        string="Premium rate", digits=(8, 4), help="Per cent of the turnover declared."
    )
    minimum_premium = fields.Monetary(
        string="Minimum premium", help="Of a policy year, without tax."
    )
    premium_advance = fields.Monetary(
        string="Advances", help="Paid in advance for a policy year, without tax."
    )
    premium_tax = fields.Float(
        string="Insurance tax",
        digits=(5, 2),
        default=lambda self: TAX_OF_COUNTRY.get(
            self.env.company.country_id.code or "", 0
        ),
        help="Per cent of the premium. Belgium 9.25, Netherlands 21.",
    )

    declaration_ids = fields.One2many("credit.declaration", "policy_id")
    claim_ids = fields.One2many("credit.claim", "policy_id")
    declaration_count = fields.Integer(compute="_compute_file_counts")
    claim_count = fields.Integer(compute="_compute_file_counts")

    # -- debtors ---------------------------------------------------------------

    limit_ids = fields.One2many("credit.insurance.limit", "policy_id")
    limit_count = fields.Integer(compute="_compute_counts")
    debtor_count = fields.Integer(
        string="Insured debtors",
        compute="_compute_counts",
        help="Debtors with a limit in this policy.",
    )
    insured_share = fields.Float(string="Insured share", compute="_compute_share")

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "The policy ends before it begins: look at its dates.",
    )
    _amounts_positive = models.Constraint(
        """CHECK (claims_threshold >= 0 AND first_loss >= 0
                  AND aggregate_first_loss >= 0 AND liability_amount >= 0
                  AND liability_multiple >= 0 AND premium_rate >= 0
                  AND minimum_premium >= 0 AND premium_advance >= 0
                  AND premium_tax >= 0)""",
        "Amounts and rates of a policy can't be negative.",
    )
    _deadlines_positive = models.Constraint(
        """CHECK (notification_days >= 0 AND waiting_days >= 0 AND claim_days >= 0)""",
        "The days of a policy can't be negative.",
    )

    @api.depends("limit_ids.profile_id")
    def _compute_counts(self):
        groups = self.env["credit.insurance.limit"]._read_group(
            [("policy_id", "in", self.ids)],
            ["policy_id"],
            ["__count", "profile_id:count_distinct"],
        )
        counts = {policy: counted for policy, *counted in groups}
        for policy in self:
            policy.limit_count, policy.debtor_count = counts.get(policy, (0, 0))

    @api.depends("declaration_ids", "claim_ids")
    def _compute_file_counts(self):
        for policy in self:
            policy.declaration_count = len(policy.declaration_ids)
            policy.claim_count = len(policy.claim_ids)

    @api.depends("insured_percent")
    def _compute_share(self):
        for policy in self:
            policy.insured_share = policy.insured_percent / 100

    def write(self, vals):
        if not self.env.su and self._is_used_otherwise(vals):
            raise UserError(
                self.env._(
                    "Limits, claims and declarations of this policy are in its company "
                    "and currency: make a new policy."
                )
            )
        return super().write(vals)

    def _is_used_otherwise(self, vals: dict) -> bool:
        """Whether amounts of this policy would become others by ``vals``."""
        changed = self.filtered(
            lambda policy: any(
                name in vals and vals[name] != policy[name].id
                for name in ("company_id", "currency_id")
            )
        ).sudo()
        return bool(
            changed.limit_ids.decision_ids
            or changed.claim_ids
            or changed.declaration_ids
        )

    # -- what it says ----------------------------------------------------------

    def _get_terms(self, country, kind: str | None = None) -> terms.Terms:
        """What the policy says about debtors of ``country`` and a kind of cover.

        :param country: ``res.country``, may be empty
        """
        self.ensure_one()
        return terms.pick(
            self.terms_ids._get_core_lines(),
            self._get_core_terms(),
            country.id or None,
            kind,
        )

    def _insures(self, company) -> bool:
        return company in self.company_id | self.co_insured_ids

    def _check_insures(self, profile) -> None:
        """What the insurer is told or asked about is a debtor of an insured company."""
        if not self._insures(profile.company_id):
            raise ValidationError(
                self.env._(
                    "Policy %(policy)s doesn't insure %(company)s.",
                    policy=self.number,
                    company=profile.company_id.name,
                )
            )

    def _is_in_force(self, as_of: date) -> bool:
        return self.date_from <= as_of and (not self.date_to or as_of <= self.date_to)

    def _get_core_rules(self, said: terms.Terms) -> clocks.Rules:
        """Its deadlines, with what it says for a country in ``said``."""
        return clocks.Rules(
            said.extension_days,
            self.notification_days,
            self.notification_from,
            self.waiting_days,
            self.waiting_start,
            self.claim_days,
        )

    def _get_year(self, day: date) -> tuple[date, date]:
        """First and last day of the policy year that ``day`` lies in."""
        years = relativedelta(day, self.date_from).years
        if day < self.date_from:
            years -= 1
        start = self.date_from + relativedelta(years=years)
        return start, self.date_from + relativedelta(years=years + 1, days=-1)

    def _get_liability(self, day: date) -> float | None:
        """What the insurer pays at most in the policy year of ``day``."""
        if self.liability_kind == "amount":
            return self.liability_amount
        if self.liability_kind == "premium":
            premium = self._get_year_premium(*self._get_year(day))
            return self.currency_id.round(premium * self.liability_multiple)
        return None

    def _get_year_premium(self, start: date, end: date) -> float:
        """Premium of a policy year, as far as it was declared; the minimum at least."""
        declared = self.env["credit.declaration"].search(
            [
                ("policy_id", "=", self.id),
                ("date_from", ">=", start),
                ("date_to", "<=", end),
            ]
        )
        year = declared.filtered(lambda one: one.kind == "year")
        turnover = sum((year or declared).mapped("turnover"))
        return max(
            turnover * self.premium_rate / 100,
            self.minimum_premium,
            self.premium_advance,
        )

    # -- actions ---------------------------------------------------------------

    def action_view_limits(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Insured limits of %s", self.number),
            "res_model": "credit.insurance.limit",
            "view_mode": "list,form",
            "domain": [("policy_id", "=", self.id)],
            "context": {"default_policy_id": self.id},
        }

    def action_view_claims(self):
        name = self.env._("Claims of %s", self.number)
        return self._get_file_action("credit.claim", name)

    def action_view_declarations(self):
        name = self.env._("Declarations of %s", self.number)
        return self._get_file_action("credit.declaration", name)

    def _get_file_action(self, model: str, name: str) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("policy_id", "=", self.id)],
            "context": {"default_policy_id": self.id},
        }
