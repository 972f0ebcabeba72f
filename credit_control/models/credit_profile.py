from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..core import escalation

# What only a credit manager decides.
MANAGER_FIELDS = {
    "tier_id",
    "tier_by_hand",
    "tier_until",
    "tier_reason",
    "no_limit",
    "limit",
    "limit_currency_id",
    "temp_limit",
    "temp_from",
    "temp_until",
    "group_id",
}


class CreditProfile(models.Model):
    """The debtor file: what a company knows and decides about one customer.

    There is one per commercial partner and company, made on demand.
    """

    _name = "credit.profile"
    _description = "Debtor"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "partner_id, company_id"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    active = fields.Boolean(default=True)

    tier_id = fields.Many2one(
        "credit.risk.tier",
        string="Risk tier",
        index=True,
        tracking=True,
        ondelete="restrict",
        copy=False,
        default=lambda self: self._get_default_tier(),
    )
    no_limit = fields.Boolean(
        string="No limit",
        default=True,
        tracking=True,
        help="Buys on credit without a credit limit.",
    )
    limit = fields.Monetary(
        string="Credit limit", tracking=True, help="0 means no credit at all."
    )
    collector_id = fields.Many2one("res.users", index="btree_not_null", tracking=True)
    policy_id = fields.Many2one(
        "credit.policy",
        string="Own policy",
        tracking=True,
        help="Chosen for this debtor. Empty: the first policy that suits him.",
    )
    effective_policy_id = fields.Many2one(
        "credit.policy",
        string="Policy followed",
        compute="_compute_effective_policy_id",
    )
    policy_reason = fields.Char(
        string="Why this policy", compute="_compute_effective_policy_id"
    )
    dunning_contact_id = fields.Many2one(
        "res.partner",
        string="Dunning contact",
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="Who gets the reminders. Empty: the invoice address.",
    )
    block_until = fields.Date(
        string="No reminders until",
        tracking=True,
        help="The last day on which this debtor gets no reminder.",
    )
    block_reason = fields.Char(string="Why no reminders", tracking=True)
    is_blocked = fields.Boolean(compute="_compute_is_blocked")
    note = fields.Html(string="Remarks")

    notice_ids = fields.One2many("credit.notice", "profile_id")
    notice_count = fields.Integer(compute="_compute_notice_count")
    charge_count = fields.Integer(
        string="Costs, interest", compute="_compute_charge_count"
    )
    has_charges_left = fields.Boolean(
        string="Owes costs or interest", compute="_compute_charge_count"
    )

    open_amount = fields.Monetary(
        string="Open", compute="_compute_amounts", help="Everything open, credits off."
    )
    overdue_amount = fields.Monetary(string="Overdue", compute="_compute_amounts")
    not_due_amount = fields.Monetary(string="Not due", compute="_compute_amounts")
    credit_amount = fields.Monetary(
        string="Unallocated credits",
        compute="_compute_amounts",
        help="Credit notes and payments not matched with an invoice yet.",
    )
    open_count = fields.Integer(string="Open items", compute="_compute_amounts")
    oldest_due = fields.Date(string="Oldest due date", compute="_compute_amounts")
    is_owing = fields.Boolean(
        string="Has open items", compute="_compute_amounts", search="_search_is_owing"
    )
    is_overdue = fields.Boolean(compute="_compute_amounts", search="_search_is_overdue")
    is_ready_for_handoff = fields.Boolean(
        string="Ready for handoff",
        compute="_compute_is_ready_for_handoff",
        search="_search_is_ready_for_handoff",
        help="Still owes what a last level claimed.",
    )

    next_action = fields.Char(string="Next action", compute="_compute_next_action")
    next_action_date = fields.Date(
        string="Next action on", compute="_compute_next_action"
    )
    can_decide = fields.Boolean(compute="_compute_can_decide")

    _partner_company_uniq = models.UniqueIndex(
        "(partner_id, company_id)", "The customer has a debtor file in this company."
    )
    _limit_positive = models.Constraint(
        'CHECK ("limit" >= 0)', "The credit limit can't be negative."
    )

    # -- computes --------------------------------------------------------------

    @api.model
    def _get_default_tier(self):
        return self.env["credit.risk.tier"].search([("code", "=", "fair")], limit=1)

    @api.depends("policy_id", "tier_id", "company_id", "partner_id")
    def _compute_effective_policy_id(self):
        chosen = {}
        for company, profiles in self.grouped("company_id").items():
            chosen |= profiles._fetch_policies(company)
        for profile in self:
            policy_id = chosen.get(profile._origin.id) or profile.policy_id.id
            profile.effective_policy_id = policy_id
            profile.policy_reason = profile._get_policy_reason()

    def _fetch_policies(self, company) -> dict[int, int]:
        """Id of the policy that each of these debtors follows in ``company``."""
        if not self.ids:
            return {}
        self.env["credit.dunning"]._flush_sources()
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT p.id, %s FROM credit_profile p
                         JOIN res_partner c ON c.id = p.partner_id
                        WHERE p.id = ANY(%s)""",
                    self.env["credit.policy"]
                    .sudo()
                    ._get_candidates(company)
                    ._choice_sql(),
                    self.ids,
                )
            )
        )

    def _get_policy_reason(self) -> str:
        if self.policy_id:
            return self.env._("Chosen for this debtor.")
        policy = self.effective_policy_id.sudo()
        if not policy:
            return self.env._("No policy suits this debtor.")
        return self.env._("First in the list that suits him: %s.", policy.whom)

    @api.depends("block_until")
    def _compute_is_blocked(self):
        today = fields.Date.context_today(self)
        for profile in self:
            profile.is_blocked = bool(
                profile.block_until and profile.block_until >= today
            )

    @api.depends_context("uid")
    def _compute_can_decide(self):
        self.can_decide = self.env.user.has_group("credit_control.group_manager")

    def _compute_notice_count(self):
        counts = self._count("credit.notice")
        for profile in self:
            profile.notice_count = counts.get(profile, 0)

    def _compute_charge_count(self):
        counts = self._count("credit.charge")
        left = self._count("credit.charge", ("open_amount", ">", 0))
        for profile in self:
            profile.charge_count = counts.get(profile, 0)
            profile.has_charges_left = profile in left

    def _count(self, model: str, *domain) -> dict:
        """{debtor: how many records of ``model`` he has}."""
        return dict(
            self.env[model]._read_group(
                [("profile_id", "in", self.ids), *domain], ["profile_id"], ["__count"]
            )
        )

    @api.depends("partner_id", "company_id")
    def _compute_amounts(self):
        amounts = self._fetch_amounts(fields.Date.context_today(self))
        for profile in self:
            row = amounts.get((profile.partner_id.id, profile.company_id.id), {})
            profile.open_amount = row.get("open", 0.0)
            profile.overdue_amount = row.get("overdue", 0.0)
            profile.not_due_amount = row.get("not_due", 0.0)
            profile.credit_amount = row.get("credit", 0.0)
            profile.open_count = row.get("count", 0)
            profile.oldest_due = row.get("oldest_due", False)
            profile.is_owing = bool(profile.open_count)
            profile.is_overdue = profile.overdue_amount > 0

    def _compute_is_ready_for_handoff(self):
        ready = self.search(
            [("id", "in", self.ids), ("is_ready_for_handoff", "=", True)]
        )
        for profile in self:
            profile.is_ready_for_handoff = profile in ready

    @api.model
    def _search_is_ready_for_handoff(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = self._get_claimed("handoff").ids
        return [("id", "in" if True in value else "not in", found)]

    def _filtered_claimed(self, mark: str):
        """Those of these debtors with an open item that got a marked level."""
        return self & self._get_claimed(mark, Domain("profile_id", "in", self.ids))

    @api.model
    def _get_claimed(self, mark: str, notices=Domain.TRUE):
        """Debtors with an open item that got a level with ``mark`` set.

        :param mark: boolean field of the level
        :param notices: only what these notices claimed
        """
        lines = (
            self.env["credit.notice.line"]
            .sudo()
            .search(
                self._get_claimed_domain(mark) & Domain("notice_id", "any", notices)
            )
        )
        return self.browse(lines.notice_id.profile_id.ids)

    @api.model
    def _get_claimed_domain(self, mark: str) -> Domain:
        """Items of notices that a level with ``mark`` claimed and that are open still.

        To be extended: an addon leaves out what it has taken over.
        """
        own = Domain(f"own_level_id.{mark}", "=", True)
        notice = Domain("own_level_id", "=", False)
        notice &= Domain(f"notice_id.level_id.{mark}", "=", True)
        return (
            Domain("state", "=", "sent")
            & Domain("level_number", ">", 0)
            & Domain("item_id.reconciled", "=", False)
            & Domain("item_id.parent_state", "=", "posted")
            & (own | notice)
        )

    @api.model
    def _search_is_owing(self, operator, value):
        return self._search_by_open_items(operator, value, SQL("TRUE"))

    @api.model
    def _search_is_overdue(self, operator, value):
        today = fields.Date.context_today(self)
        late = SQL(
            "l.amount_residual > 0 AND COALESCE(l.date_maturity, l.date) < %s", today
        )
        return self._search_by_open_items(operator, value, late)

    @api.model
    def _search_by_open_items(self, operator, value, condition: SQL):
        """Debtors with an open item that meets ``condition``."""
        if operator not in ("in", "not in"):
            return NotImplemented
        self.env["credit.dunning"]._flush_sources()
        found = SQL(
            """(SELECT p.id
                  FROM account_move_line l
                  JOIN res_partner rp ON rp.id = l.partner_id
                  JOIN credit_profile p ON p.partner_id = rp.commercial_partner_id
                                       AND p.company_id = l.company_id
                 WHERE l.account_id = ANY(%s)
                   AND l.reconciled IS NOT TRUE
                   AND l.parent_state = 'posted'
                   AND %s)""",
            self.env["credit.dunning"]._receivable_account_ids(),
            condition,
        )
        return [
            ("id", "in" if (True in value) == (operator == "in") else "not in", found)
        ]

    def _fetch_amounts(self, as_of: date) -> dict[tuple[int, int], dict]:
        """Open amounts by (partner id, company id), in the company's currency.

        One query whatever the number of debtors; not filtered by what the
        reader may see, since a balance doesn't depend on who looks at it.
        """
        if not self.ids:
            return {}
        self.env["credit.dunning"]._flush_sources()
        rows = self.env.execute_query_dict(self._amounts_sql(as_of))
        return {(row["partner"], row["company"]): row for row in rows}

    def _amounts_sql(self, as_of: date) -> SQL:
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner,
                   l.company_id AS company,
                   SUM(l.amount_residual) AS open,
                   COALESCE(SUM(l.amount_residual) FILTER (
                       WHERE l.amount_residual > 0 AND %(due)s < %(as_of)s), 0
                   ) AS overdue,
                   COALESCE(SUM(l.amount_residual) FILTER (
                       WHERE l.amount_residual > 0 AND %(due)s >= %(as_of)s), 0
                   ) AS not_due,
                   COALESCE(SUM(l.amount_residual) FILTER (
                       WHERE l.amount_residual < 0), 0) AS credit,
                   COUNT(*) AS count,
                   MIN(%(due)s) FILTER (WHERE l.amount_residual > 0) AS oldest_due
              FROM account_move_line l
              JOIN res_partner rp ON rp.id = l.partner_id
             WHERE l.account_id = ANY(%(accounts)s)
               AND l.reconciled IS NOT TRUE
               AND l.parent_state = 'posted'
               AND l.company_id = ANY(%(companies)s)
               AND rp.commercial_partner_id = ANY(%(partners)s)
          GROUP BY rp.commercial_partner_id, l.company_id
            """,
            due=SQL("COALESCE(l.date_maturity, l.date)"),
            as_of=as_of,
            accounts=self.env["credit.dunning"]._receivable_account_ids(
                self.company_id
            ),
            companies=self.company_id.ids,
            partners=self.partner_id.ids,
        )

    @api.depends("block_until", "notice_ids.state", "policy_id", "tier_id")
    def _compute_next_action(self):
        as_of = fields.Date.context_today(self)
        saved = self.filtered("id")
        decisions = self.env["credit.dunning"].sudo()._decide_for(saved, as_of)
        for profile in self:
            action, day = profile._get_next_action(decisions.get(profile.id, []))
            profile.next_action, profile.next_action_date = action, day

    def _get_next_action(self, decisions) -> tuple[str | bool, date | bool]:
        """The next step in words and its day, of the item that is first in turn."""
        if any(d.code == escalation.PROPOSED_ELSEWHERE for d in decisions):
            return self.env._("Review the proposed notice"), False
        if self.is_blocked and decisions:
            return self.env._(
                "Blocked until %s", format_date(self.env, self.block_until)
            ), self.block_until + timedelta(1)
        steps = [d for d in decisions if d.code in (escalation.DUE, escalation.NOT_YET)]
        if not steps:
            return self._get_standstill(decisions), False
        # Of steps on one day the highest level tells most.
        step = min(steps, key=lambda d: (d.day, -d.level.number))
        if step.day == escalation.NEVER:
            return self.env._("A reminder that announces costs is missing"), False
        level = self.env["credit.policy.level"].sudo().browse(step.level.id)
        return level.name, step.day

    def _get_standstill(self, decisions) -> str | bool:
        """Why nothing follows, of the oldest claim that nothing follows for."""
        claims = [d for d in decisions if d.item.residual > 0]
        if not claims:
            return False
        oldest = min(claims, key=lambda decision: decision.item.due)
        labels = dict(self.env["credit.dunning"]._get_reason_labels())
        return labels.get(oldest.code, False)

    # -- constraints -----------------------------------------------------------

    @api.constrains("partner_id")
    def _check_commercial_partner(self):
        for profile in self:
            if profile.partner_id != profile.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "The debtor file of %(contact)s is kept on its company, "
                        "%(company)s.",
                        contact=profile.partner_id.display_name,
                        company=profile.partner_id.commercial_partner_id.display_name,
                    )
                )

    @api.constrains("block_until", "block_reason")
    def _check_block_reason(self):
        for profile in self:
            if profile.block_until and not (profile.block_reason or "").strip():
                raise ValidationError(
                    self.env._("Say why %s gets no reminders.", profile.display_name)
                )

    @api.constrains("policy_id", "company_id")
    def _check_policy_company(self):
        for profile in self:
            if profile.policy_id.company_id not in (
                self.env["res.company"],
                profile.company_id,
            ):
                raise ValidationError(
                    self.env._(
                        'The policy "%s" belongs to another company.',
                        profile.policy_id.name,
                    )
                )

    # -- rights ----------------------------------------------------------------

    def write(self, vals):
        self._check_manager_fields(vals)
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_manager_fields(vals)
        return super().create(vals_list)

    def _check_manager_fields(self, vals) -> None:
        """Only a credit manager decides on tiers and limits."""
        if (
            not self.env.su
            and MANAGER_FIELDS & vals.keys()
            and not self.env.user.has_group("credit_control.group_manager")
        ):
            raise AccessError(
                self.env._("Only a credit manager changes the risk tier or the limit.")
            )

    def _check_no_history(self) -> None:
        notice = (
            self.env["credit.notice"]
            .sudo()
            .search([("profile_id", "in", self.ids), ("state", "=", "sent")], limit=1)
        )
        if notice:
            raise UserError(
                self.env._(
                    "%s has been sent reminders: the file is kept as history. "
                    "Archive it instead.",
                    notice.partner_id.display_name,
                )
            )

    def unlink(self):
        notices = self.env["credit.notice"].sudo()
        self._check_no_history()
        notices.search([("profile_id", "in", self.ids)]).unlink()
        return super().unlink()

    # -- on demand -------------------------------------------------------------

    @api.model
    def _get_or_create(self, partners, company):
        """The debtor files of ``partners`` in ``company``, made where missing.

        Two transactions that make the same one at once meet the unique index:
        the later one fails to serialise and is repeated by Odoo.
        """
        partners = partners.commercial_partner_id
        profiles = self.sudo().with_context(active_test=False)
        domain = [("partner_id", "in", partners.ids), ("company_id", "=", company.id)]
        found = profiles.search(domain)
        missing = partners - found.partner_id
        if missing:
            self._insert_missing(missing.ids, company)
            missing.invalidate_recordset(["credit_profile_ids", "credit_profile_id"])
            found = profiles.search(domain)
        return self.browse(found.ids)

    @api.model
    def _create_missing(self, company) -> None:
        """Debtor files of everybody who owes something."""
        self.env["credit.dunning"]._flush_sources()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT rp.commercial_partner_id
                  FROM account_move_line l
                  JOIN res_partner rp ON rp.id = l.partner_id
             LEFT JOIN credit_profile p
                    ON p.partner_id = rp.commercial_partner_id
                   AND p.company_id = l.company_id
                 WHERE l.account_id = ANY(%s)
                   AND l.reconciled IS NOT TRUE
                   AND l.parent_state = 'posted'
                   AND l.company_id = %s
                   AND p.id IS NULL
                """,
                self.env["credit.dunning"]._receivable_account_ids(company),
                company.id,
            )
        )
        if rows:
            self._insert_missing([partner_id for (partner_id,) in rows], company)

    @api.model
    def _contact_sql(self) -> SQL:
        """Expression for who gets the reminders of the debtor file ``p``: the dunning
        contact, the first contact for reminders, the first invoice address, the
        company. An archived contact is passed over.
        """
        return SQL(
            """COALESCE((
                   SELECT c.id
                     FROM res_partner c
                    WHERE c.id = p.dunning_contact_id AND c.active), (
                   SELECT c.id
                     FROM res_partner c
                    WHERE c.parent_id = p.partner_id
                      AND c.type IN ('dunning', 'invoice') AND c.active
                 ORDER BY c.type, c.id LIMIT 1), p.partner_id)"""
        )

    def _get_contact(self):
        """Who gets the reminders of this debtor."""
        self.ensure_one()
        self.env["credit.dunning"]._flush_sources()
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM credit_profile p WHERE p.id = %s",
                self._contact_sql(),
                self.id,
            )
        )
        return self.env["res.partner"].browse(rows[0])

    @api.model
    def _insert_missing(self, partner_ids, company) -> None:
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env.execute_query(
            SQL(
                """
                INSERT INTO credit_profile (partner_id, company_id, tier_id, no_limit,
                       "limit", active, create_uid, write_uid, create_date, write_date)
                SELECT partner_id, %(company)s, %(tier)s, TRUE, 0, TRUE, %(uid)s,
                       %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM unnest(%(partners)s) AS partner_id
                    ON CONFLICT (partner_id, company_id) DO NOTHING
             RETURNING id
                """,
                company=company.id,
                tier=self.sudo()._get_default_tier().id or None,
                uid=self.env.uid,
                partners=list(partner_ids),
            )
        )
        self.env["res.partner"].invalidate_model(
            ["credit_profile_ids", "credit_profile_id"]
        )

    # -- mail ------------------------------------------------------------------

    def _message_receive_bounce(self, email, partner):
        """A reminder came back: somebody has to find the right address."""
        result = super()._message_receive_bounce(email, partner)
        note = self.env._("The e-mail to %s could not be delivered.", email)
        for profile in self:
            profile._ask_for_address(note)
        return result

    def _ask_for_address(self, note: str) -> None:
        self.sudo().activity_schedule(
            "credit_control.activity_call",
            summary=self.env._("A reminder came back: find the right address"),
            note=note,
            user_id=(self.collector_id or self._get_last_sender()).id,
        )

    def _get_last_sender(self):
        sent = self.sudo().notice_ids.filtered(lambda notice: notice.state == "sent")
        return sent.sorted("sent_date")[-1:].user_id or self.env.user

    # -- actions ---------------------------------------------------------------

    def action_view_items(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open items of %s", self.partner_id.display_name),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "views": [
                (self.env.ref("credit_control.view_move_line_open_list").id, "list"),
                (False, "form"),
            ],
            "search_view_id": (
                self.env.ref("credit_control.view_move_line_open_search").id,
                "search",
            ),
            "domain": [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("parent_state", "=", "posted"),
            ],
            "context": {"create": False},
        }

    def action_why(self):
        """Ask why the debtor's items are dunned on a day, or why they are not."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why? %s", self.partner_id.display_name),
            "res_model": "credit.why",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id},
        }

    def action_view_notices(self):
        name = self.env._("Notices to %s", self.partner_id.display_name)
        return self._get_records_action("credit.notice", name)

    def action_view_charges(self):
        name = self.env._("Costs and interest of %s", self.partner_id.display_name)
        return self._get_records_action("credit.charge", name, "list")

    def _get_records_action(self, model: str, name: str, views="list,form") -> dict:
        """Open this debtor's records of ``model``."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": views,
            "domain": [("profile_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_propose(self):
        """Propose what is due for these debtors today, and show it."""
        self.company_id.ensure_one()
        run = self.env["credit.run"]._propose(
            self.company_id, fields.Date.context_today(self), profiles=self
        )
        if run.notice_ids:
            return run._get_form_action()
        reasons = ", ".join(skip._word() for skip in run.skip_ids)
        run.unlink()
        raise UserError(
            self.env._("Nothing is due today: %s.", reasons or self.env._("no claims"))
        )
