from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..core import escalation
from ..core.costs import LEGAL_MAXIMUM
from ..core.money import to_decimal

# Columns that say nothing about what a policy does.
UNRULY = {
    "active",
    "create_date",
    "create_uid",
    "message_main_attachment_id",
    "note",
    "portal_plan_amount",
    "portal_plan_days",
    "portal_plan_terms",
    "portal_promise_days",
    "promise_days",
    "promise_reminder",
    "sequence",
    "write_date",
    "write_uid",
}


# Fields that limit whom a policy is for.
CRITERIA = ("tier_ids", "kind", "country_ids", "category_ids")

# Days that a new level comes after the last one, until somebody says otherwise.
STEP = 10


class CreditPolicy(models.Model):
    """A dunning procedure: who it is for and which levels it climbs."""

    _name = "credit.policy"
    _description = "Dunning Policy"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        help="The first policy that suits a debtor applies. A new one comes first if "
        "it is meant for some debtors, last if it is meant for all.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="Company", help="Empty: for every company."
    )
    tier_ids = fields.Many2many(
        "credit.risk.tier",
        string="Risk tiers",
        help="Debtors of these tiers follow the policy. Empty: all tiers.",
    )
    kind = fields.Selection(
        [("business", "Businesses"), ("consumer", "Consumers")],
        string="Kind of debtor",
        help="Empty: businesses and consumers.",
    )
    country_ids = fields.Many2many(
        "res.country", string="Countries", help="Empty: all countries."
    )
    category_ids = fields.Many2many(
        "res.partner.category",
        string="Tags",
        help="Debtors with one of these tags. Empty: all debtors.",
    )
    do_not_dun = fields.Boolean(
        string="No reminders",
        tracking=True,
        help="Debtors who follow this policy never get a reminder.",
    )
    tolerance = fields.Float(
        digits="Account",
        tracking=True,
        help="Items at or below this amount, in the company's currency, are left "
        "alone.",
    )
    interval = fields.Integer(
        string="Days between two notices",
        tracking=True,
        help="At least this many days lie between two notices to one debtor, "
        "whatever they are about.",
    )
    letter_days = fields.Integer(
        string="Extra days after a letter",
        tracking=True,
        help="Post takes longer: the next level waits so much more after a letter.",
    )
    skip_older = fields.Boolean(
        string="Older items skip levels",
        tracking=True,
        help="An item gets the highest level that its age has reached. Otherwise "
        "every item climbs level by level.",
    )
    carry = fields.Boolean(
        string="One notice at the highest level",
        default=True,
        tracking=True,
        help="Overdue items of lower levels travel on the notice of the debtor's "
        "highest level. Otherwise each level has a notice of its own.",
    )
    consolidate = fields.Boolean(
        string="One notice for all addresses",
        default=True,
        tracking=True,
        help="Otherwise every invoice address of a debtor gets its own notice.",
    )
    credits = fields.Selection(
        [
            ("hold", "Hold back what it could pay"),
            ("net", "Deduct it in the notice"),
            ("show", "Remind nevertheless"),
        ],
        string="Unmatched money",
        default="hold",
        required=True,
        tracking=True,
        help="What becomes of payments and credit notes that are not matched with "
        "an invoice yet.",
    )
    without_email = fields.Selection(
        [
            ("letter", "Make a letter"),
            ("call", "Plan a call"),
            ("fail", "List it as failed"),
        ],
        string="Without an e-mail address",
        default="letter",
        required=True,
        tracking=True,
    )
    sender_id = fields.Many2one(
        "res.users",
        string="Sender",
        tracking=True,
        help="Whose name and address the e-mails carry. Empty: the company's.",
    )
    level_ids = fields.One2many("credit.policy.level", "policy_id", copy=True)
    note = fields.Text()
    version_ids = fields.One2many("credit.policy.version", "policy_id", copy=False)
    whom = fields.Char(string="For whom", compute="_compute_whom")
    # What a level that is added begins with.
    next_number = fields.Integer(compute="_compute_next_level")
    next_days = fields.Integer(compute="_compute_next_level")

    _tolerance_positive = models.Constraint(
        "CHECK (tolerance >= 0)", "The tolerance can't be negative."
    )
    _days_positive = models.Constraint(
        "CHECK (interval >= 0 AND letter_days >= 0)", "Days can't be negative."
    )
    _days_foreseeable = models.Constraint(
        "CHECK (interval <= 3660 AND letter_days <= 3660)",
        "Nobody waits more than ten years for a notice: look at the days.",
    )

    @api.depends("tier_ids", "kind", "country_ids", "category_ids")
    def _compute_whom(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for policy in self:
            words = [
                kinds.get(policy.kind),
                *(
                    " / ".join(records.mapped("name"))
                    for records in (
                        policy.tier_ids,
                        policy.country_ids,
                        policy.category_ids,
                    )
                    if records
                ),
            ]
            policy.whom = ", ".join(filter(None, words)) or self.env._("All debtors")

    @api.depends("level_ids.number", "level_ids.days", "level_ids.base")
    def _compute_next_level(self):
        for policy in self:
            levels = policy.level_ids
            days = levels.filtered(lambda level: level.base == "due").mapped("days")
            policy.next_number = max(levels.mapped("number"), default=0) + 1
            policy.next_days = max(days) + STEP if days else 0

    @api.constrains("level_ids", "active", "do_not_dun")
    def _check_levels(self):
        for policy in self:
            if policy.active and not policy.do_not_dun and not policy.level_ids:
                raise ValidationError(
                    self.env._('The policy "%s" needs at least one level.', policy.name)
                )
            policy._check_levels_ascend()

    def _check_levels_ascend(self) -> None:
        dated = self.level_ids.filtered(lambda level: level.base != "notice")
        for levels in dated.grouped("base").values():
            self._check_ascend(levels.sorted("number"))

    def _check_ascend(self, levels) -> None:
        """Levels counted from the same day come one after the other."""
        for lower, higher in zip(levels, levels[1:], strict=False):
            if higher.days <= lower.days:
                raise ValidationError(
                    self.env._(
                        'Level %(higher)s "%(name)s" must come later than level '
                        "%(lower)s: its days have to be more than %(days)s.",
                        higher=higher.number,
                        name=higher.name,
                        lower=lower.number,
                        days=lower.days,
                    )
                )

    def _get_core_policies(self) -> dict[int, escalation.Policy]:
        """The policies as the core knows them, by id."""
        return {
            policy.id: escalation.Policy(
                policy.id,
                to_decimal(policy.tolerance),
                tuple(
                    level._get_core_level()
                    for level in policy.level_ids.sorted("number")
                ),
                never=policy.do_not_dun,
                skip=policy.skip_older,
                interval=policy.interval,
                carry=policy.carry,
                credits=policy.credits,
            )
            for policy in self
        }

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "sequence" not in vals:
                chosen = any(vals.get(field) for field in CRITERIA)
                vals["sequence"] = self._get_new_sequence(first=chosen)
        return super().create(vals_list)

    def _get_new_sequence(self, first: bool) -> int:
        order = "sequence" if first else "sequence DESC"
        neighbour = self.sudo().search([], order=order, limit=1)
        return neighbour.sequence + (-1 if first else 1)

    # -- versions --------------------------------------------------------------

    def _ensure_version(self):
        """The version that says what the policy says now, made where missing."""
        latest, content = self._get_latest_version(), self._fetch_content()
        if latest.content == content:
            return latest
        return self.version_ids.sudo().create(
            {
                "policy_id": self.id,
                "number": latest.number + 1,
                "content": content,
            }
        )

    def _get_version_number(self) -> int:
        """Of the version in force; of the next one when the policy has changed."""
        return self._get_latest_version().number + self._has_changed()

    def _has_changed(self) -> bool:
        """Whether no version says what the policy says now."""
        return self._get_latest_version().content != self._fetch_content()

    def _get_latest_version(self):
        self.ensure_one()
        return self.version_ids.sorted("number")[-1:]

    def _get_version_on(self, day: date):
        """The version in force on ``day``, none when that was what there is now.

        A version is made when it is first used: before that, the first one counts.
        """
        changes = [self.write_date, *self.level_ids.mapped("write_date")]
        if max(changes).date() <= day and self._has_changed():
            return self.version_ids.browse()
        versions = self.version_ids.sorted("number")
        made = versions.filtered(lambda version: version.create_date.date() <= day)
        return made[-1:] or versions[:1]

    def _word_version(self, number: int) -> str:
        return self.env._(
            "%(policy)s, version %(number)s", policy=self.name, number=number
        )

    def _fetch_content(self) -> dict:
        """Every rule and word of the policy, in all languages."""
        self.env.flush_all()
        [(policy, levels)] = self.env.execute_query(
            SQL(
                """
                SELECT to_jsonb(p) - %(unruly)s,
                       (SELECT COALESCE(jsonb_agg(to_jsonb(v) - %(unruly)s
                                                  ORDER BY v.number), '[]')
                          FROM credit_policy_level v
                         WHERE v.policy_id = p.id AND v.active)
                  FROM credit_policy p WHERE p.id = %(policy)s
                """,
                policy=self.id,
                unruly=list(UNRULY),
            )
        )
        return {
            "policy": policy,
            "tiers": self.tier_ids.ids,
            "countries": self.country_ids.ids,
            "categories": self.category_ids.ids,
            "levels": levels,
        }

    @api.model
    def _get_candidates(self, company):
        """Policies that may apply in ``company``, in order of precedence."""
        return self.search(
            [("company_id", "in", (False, company.id)), ("active", "=", True)]
        )

    def _choice_sql(self) -> SQL:
        """Expression for the policy that a debtor follows; ``self`` in order of
        precedence. ``p`` is the debtor file, ``c`` its commercial partner.
        """
        cases = [
            SQL("WHEN %s THEN %s", policy._suits_sql(), policy.id) for policy in self
        ]
        if not cases:
            return SQL("p.policy_id")
        return SQL("COALESCE(p.policy_id, CASE %s END)", SQL(" ").join(cases))

    def _suits_sql(self) -> SQL:
        """Whether the policy is meant for a debtor. Override to add a criterion."""
        wanted = [SQL("TRUE")]
        if self.tier_ids:
            wanted.append(SQL("p.tier_id = ANY(%s)", self.tier_ids.ids))
        if self.kind:
            kind = self.env["credit.profile"]._debtor_kind_sql()
            wanted.append(SQL("%s = %s", kind, self.kind))
        if self.country_ids:
            wanted.append(SQL("c.country_id = ANY(%s)", self.country_ids.ids))
        if self.category_ids:
            wanted.append(
                SQL(
                    """EXISTS (SELECT FROM res_partner_res_partner_category_rel t
                                WHERE t.partner_id = c.id AND t.category_id = ANY(%s))""",
                    self.category_ids.ids,
                )
            )
        return SQL(" AND ").join(wanted)


class CreditPolicyLevel(models.Model):
    """One step of a policy: when, how and with which words."""

    _name = "credit.policy.level"
    _description = "Dunning Level"
    _order = "policy_id, number, id"

    policy_id = fields.Many2one(
        "credit.policy", required=True, index=True, ondelete="cascade"
    )
    active = fields.Boolean(default=True)
    number = fields.Integer(string="Level", required=True, default=1)
    name = fields.Char(required=True, translate=True)
    days = fields.Integer(
        help="Negative: days before. Such a level is passed over once the due date "
        "has gone by.",
    )
    base = fields.Selection(
        [
            ("due", "After the due date"),
            ("month_end", "After the end of that month"),
            ("notice", "After the last notice"),
        ],
        string="Counted",
        default="due",
        required=True,
        help="From which day the days are counted. An item without a notice counts "
        "from its due date.",
    )
    min_days = fields.Integer(
        string="Days since last notice",
        default=7,
        help="At least this many days lie between two notices of one item.",
    )
    min_amount = fields.Float(
        string="Minimum amount",
        digits="Account",
        help="A notice is only made when its items add up to this amount or "
        "more, in the company's currency. Otherwise they get the next lower level "
        "that they did not have yet.",
    )
    min_share = fields.Float(
        string="Minimum share",
        help="Its items must be this part of all that the debtor has open, or more.",
    )
    channel = fields.Selection(
        [
            ("email", "E-mail"),
            ("letter", "Letter"),
            ("email_letter", "E-mail and letter"),
            ("call", "Call"),
        ],
        required=True,
        default="email",
    )
    automatic = fields.Boolean(
        string="Send automatically",
        help="The daily run sends notices of this level without waiting for "
        "anybody to look at them.",
    )
    subject = fields.Char(translate=True)
    text = fields.Html(translate=True, help="The words of the e-mail and the letter.")
    template_id = fields.Many2one(
        "mail.template",
        string="E-mail template",
        domain=[("model", "=", "credit.notice")],
        ondelete="restrict",
        default=lambda self: self.env.ref(
            "credit_control.mail_template_notice", raise_if_not_found=False
        ),
        help="The frame around the words: greeting, table of items, signature.",
    )
    attach_invoices = fields.Boolean(
        help="The e-mail brings the PDF of every invoice along."
    )
    responsible_id = fields.Many2one(
        "res.users",
        string="Passes to",
        help="Who follows the debtor once this level is sent. Empty: nobody else.",
    )
    handoff = fields.Boolean(
        string="Ready for handoff",
        help="A debtor who has not paid after this level is listed as ready to be "
        "handed over for collection.",
    )
    order_hold = fields.Boolean(
        string="Hold orders",
        help="Once this level is sent no new orders are released for the debtor until "
        "he has paid what it claimed.",
    )
    cost_basis = fields.Selection(
        [("agreed", "What is agreed"), ("law", "All that the law allows")],
        string="Costs",
        required=True,
        default="agreed",
        help="Of consumers the law of many countries allows no more than what your "
        "general terms provide, and only after a first notice.",
    )
    fee = fields.Float(
        string="Fixed costs",
        digits="Account",
        help="Claimed once on every notice of this level, in the company's currency; "
        "less where the law allows less.",
    )
    interest_basis = fields.Selection(
        [("agreed", "What is agreed"), ("law", "All that the law allows")],
        string="Interest",
        required=True,
        default="agreed",
    )
    first_notice = fields.Boolean(
        string="Announces costs",
        help="A reminder without costs that says what will be claimed if the debtor "
        "doesn't pay in time. In countries whose law asks for it, it comes before any "
        "level with costs.",
    )
    rate = fields.Float(
        string="Interest a year (%)",
        digits=(5, 2),
        help="Claimed for the days since the due date, or since the last notice that "
        "claimed interest.",
    )
    offer_kind = fields.Selection(
        [
            ("waiver", "Costs and interest are waived"),
            ("discount", "Discount on the invoices"),
        ],
        string="Offer",
        help="What a notice of this level offers to who pays in time. It ends by "
        "itself.",
    )
    offer_days = fields.Integer(
        string="Days to pay by the offer",
        default=14,
        help="Counted from the day of the notice; the last one counts.",
    )
    offer_percent = fields.Float(string="Discount (%)", digits=(5, 2))
    activity_summary = fields.Char(
        string="What to do", translate=True, help="Summary of the call to make."
    )

    _number_uniq = models.UniqueIndex(
        "(policy_id, number) WHERE active",
        "The policy has a level of this number already.",
    )
    _number_positive = models.Constraint(
        "CHECK (number > 0)", "Levels are numbered from 1."
    )
    _min_days_positive = models.Constraint(
        "CHECK (min_days >= 0)", "The days since the last notice can't be negative."
    )
    _days_foreseeable = models.Constraint(
        "CHECK (days BETWEEN -3660 AND 3660 AND min_days <= 3660)",
        "A level can't lie more than ten years away: look at its days.",
    )
    _min_amount_positive = models.Constraint(
        "CHECK (min_amount >= 0)", "The minimum amount can't be negative."
    )
    _min_share_part = models.Constraint(
        "CHECK (min_share BETWEEN 0 AND 1)", "A share lies between 0 and 100 %."
    )

    _fee_positive = models.Constraint(
        "CHECK (fee >= 0)", "The fixed costs can't be negative."
    )
    _rate_part = models.Constraint(
        "CHECK (rate BETWEEN 0 AND 100)", "Interest lies between 0 and 100 % a year."
    )

    _no_costs_announced = models.Constraint(
        "CHECK (NOT first_notice OR (cost_basis = 'agreed' AND COALESCE(fee, 0) = 0))",
        "A level that announces costs can't claim them yet.",
    )

    _offer_days_part = models.Constraint(
        "CHECK (offer_kind IS NULL OR offer_days BETWEEN 1 AND 366)",
        "An offer gives the debtor between one day and a year to pay.",
    )
    _offer_percent_part = models.Constraint(
        "CHECK (offer_kind IS DISTINCT FROM 'discount'"
        " OR offer_percent > 0 AND offer_percent < 100)",
        "A discount is more than 0 % and less than 100 %.",
    )
    _no_offer_announced = models.Constraint(
        "CHECK (NOT first_notice OR offer_kind IS NULL)",
        "A level that announces costs makes no offer: the law says what it says.",
    )

    @api.constrains("number", "days", "base")
    def _check_order(self):
        self.policy_id._check_levels()

    @api.constrains("template_id")
    def _check_template(self):
        for level in self:
            if level.template_id and level.template_id.model != "credit.notice":
                raise ValidationError(
                    self.env._(
                        'The e-mail template "%(template)s" of level "%(level)s" is '
                        "not made for dunning notices.",
                        template=level.template_id.name,
                        level=level.name,
                    )
                )

    def unlink(self):
        """A level that notices were made by is archived: they go on showing it."""
        notices = self.env["credit.notice"].sudo()
        lines = self.env["credit.notice.line"].sudo()
        used = notices.search([("level_id", "in", self.ids)]).level_id
        used |= lines.search([("own_level_id", "in", self.ids)]).own_level_id
        used.active = False
        return super(CreditPolicyLevel, self - used).unlink()

    def _get_core_level(self) -> escalation.Level:
        return escalation.Level(
            self.id,
            self.number,
            self.days,
            self.min_days,
            to_decimal(self.min_amount),
            self.base,
            to_decimal(self.min_share),
            self._has_costs(),
        )

    def _has_costs(self) -> bool:
        return self.cost_basis == "law" or self.fee > 0

    def _has_interest(self) -> bool:
        return self.interest_basis == "law" or self.rate > 0

    def _get_agreed_costs(self, currency, company, as_of: date) -> Decimal:
        """What the contract provides for one notice; no end to it: all legal costs."""
        if self.cost_basis == "law":
            return LEGAL_MAXIMUM
        fee = company.currency_id._convert(self.fee, currency, company, as_of)
        return to_decimal(currency.round(fee))

    def _get_agreed_rate(self) -> Decimal:
        """Percent a year by contract; no end to it: all that the law allows."""
        return LEGAL_MAXIMUM if self.interest_basis == "law" else to_decimal(self.rate)
