from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_amount

from ..core import limits
from ..core.money import to_decimal
from ..rights import check_officer

MONTH_DAYS = 30


class CreditProfileAdvice(models.Model):
    """Which limit suits a debtor, and when he is looked at again."""

    _inherit = "credit.profile"

    advised_limit = fields.Monetary(
        string="Advised limit",
        compute="_compute_advised_limit",
        help="By the risk tier, the turnover of twelve months and the credit report.",
    )
    advised_reason = fields.Char(string="Why advised", compute="_compute_advised_limit")
    advised_term_id = fields.Many2one(related="tier_id.advised_term_id")
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment terms",
        compute="_compute_payment_term_id",
        help="What new invoices of this company to the customer say.",
    )
    review_date = fields.Date(
        string="Next review",
        tracking=True,
        copy=False,
        index="btree_not_null",
        help="On this day the collector is asked to look at the debtor again.",
    )
    is_review_due = fields.Boolean(
        string="Review is due",
        compute="_compute_is_review_due",
        search="_search_is_review_due",
    )

    # -- advice ----------------------------------------------------------------

    @api.depends(
        "tier_id.advised_months",
        "tier_id.newcomer_limit",
        "tier_id.advised_cap",
        "partner_id",
        "bureau_report_ids.limit",
    )
    @api.depends_context("lang")
    def _compute_advised_limit(self):
        today = fields.Date.context_today(self)
        turnover = self._fetch_turnover(today)
        reports = self._get_valid_reports(today)
        for profile in self:
            sold = turnover.get((profile.partner_id.id, profile.company_id.id), 0.0)
            report = reports.get(profile._origin)
            found = limits.advise(
                profile.tier_id._get_advice_rule(),
                to_decimal(sold),
                # An agency that names no amount leaves it at zero.
                to_decimal(report.limit) if report and report.limit else None,
            )
            profile.advised_limit = float(found.amount)
            profile.advised_reason = profile._word_advice(found.source, sold, report)

    def _fetch_turnover(self, as_of: date) -> dict[tuple[int, int], float]:
        """Invoiced in twelve months, credit notes off, taxes included, in the company's
        currency, by (partner id, company id). One query.
        """
        if not self.partner_id.ids:
            return {}
        self.env["account.move"].flush_model(
            [
                "amount_total_signed",
                "commercial_partner_id",
                "company_id",
                "invoice_date",
                "move_type",
                "state",
            ]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT commercial_partner_id, company_id,
                       SUM(amount_total_signed)::float8
                  FROM account_move
                 WHERE state = 'posted'
                   AND move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                   AND invoice_date > %s AND invoice_date <= %s
                   AND commercial_partner_id = ANY(%s) AND company_id = ANY(%s)
              GROUP BY 1, 2
                """,
                as_of - relativedelta(months=limits.MONTHS),
                as_of,
                self.partner_id.ids,
                self.company_id.ids,
            )
        )
        return {(partner, company): sold for partner, company, sold in rows}

    def _word_advice(self, source: str, sold: float, report) -> str:
        def word(amount):
            return format_amount(self.env, amount, self.currency_id)

        tier = self.tier_id
        if not tier.advised_months:
            return self.env._("The tier %s advises no limit.", tier.name or "–")
        if source == limits.REPORT:
            return self.env._("Advised by %s.", report.agency)
        if source == limits.CAP:
            return self.env._(
                "The most for the tier %(tier)s; turnover of twelve months: %(sold)s.",
                tier=tier.name,
                sold=word(sold),
            )
        if source == limits.NEWCOMER:
            return self.env._("For newcomers of the tier %s.", tier.name or "–")
        return self.env._(
            "Average turnover of a month (%(sold)s in twelve months) × %(months)s, "
            "tier %(tier)s.",
            months=f"{tier.advised_months:g}",
            sold=word(sold),
            tier=tier.name,
        )

    @api.depends("partner_id", "company_id")
    def _compute_payment_term_id(self):
        for company, profiles in self.grouped("company_id").items():
            for profile in profiles:
                partner = profile.partner_id.with_company(company)
                profile.payment_term_id = partner.property_payment_term_id

    # -- ask for a limit -------------------------------------------------------

    def action_request_limit(self):
        """Ask for another limit, or decide on it."""
        self.ensure_one()
        return self._get_request_action(
            {
                "default_amount": self.limit,
                "default_no_limit": False,
                "default_currency_id": self.agreed_currency_id.id,
            }
        )

    def action_apply_advice(self):
        """Ask for the limit that is advised."""
        self.ensure_one()
        return self._get_request_action(
            {
                "default_amount": self.advised_limit,
                "default_currency_id": self.currency_id.id,
                "default_reason": self.env._("Advised limit. %s", self.advised_reason),
            }
        )

    def action_apply_advised_term(self):
        """Ask for the payment terms that are advised, or agree on them at once."""
        self.ensure_one()
        return self._get_request_action(
            {
                "default_kind": "terms",
                "default_payment_term_id": self.advised_term_id.id,
                "default_reason": self.env._(
                    "Advised for the risk tier %s.", self.tier_id.name
                ),
            }
        )

    def _get_request_action(self, defaults: dict) -> dict:
        check_officer(self.env, self.env._("Only credit officers ask for limits."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.action_limit_request_new"
        )
        action["context"] = {
            "default_partner_id": self.partner_id.id,
            "default_company_id": self.company_id.id,
            **defaults,
        }
        return action

    def _set_payment_term(self, term) -> None:
        """Agree on other payment terms, for this company only."""
        partner = self.partner_id.with_company(self.company_id)
        old = partner.property_payment_term_id
        partner.property_payment_term_id = term
        self.env["credit.limit.change"]._log(
            [
                {
                    "profile_id": self.id,
                    "kind": "terms",
                    "old": old.name or "–",
                    "new": term.name,
                }
            ]
        )

    # -- review ----------------------------------------------------------------

    @api.depends("review_date")
    def _compute_is_review_due(self):
        today = fields.Date.context_today(self)
        for profile in self:
            profile.is_review_due = bool(
                profile.review_date and profile.review_date <= today
            )

    @api.model
    def _search_is_review_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        due = [("review_date", "<=", fields.Date.context_today(self))]
        return due if True in value else ["!", *due]

    def action_reviewed(self):
        """The debtor has been looked at: the next review is an interval away."""
        check_officer(self.env, self.env._("Only credit officers review debtors."))
        self.check_access("write")
        for profile in self:
            profile.review_date = profile._get_next_review(
                profile.company_id._credit_today()
            )
            profile._message_log(body=self.env._("Reviewed."))
        self.activity_unlink(["credit_control.activity_review"])
        return True

    def _get_next_review(self, as_of: date) -> date | bool:
        months = self.tier_id.review_months
        return bool(months) and as_of + relativedelta(months=months)

    @api.model
    def _review_all(self, company, as_of: date) -> None:
        """Every night: plan reviews, and ask for those that are due."""
        self._plan_reviews(company, as_of)
        due = self.search(
            [("company_id", "=", company.id), ("review_date", "<=", as_of)]
        )
        asked = due._get_asked_for_review()
        for profile in due - asked:
            profile.activity_schedule(
                "credit_control.activity_review",
                date_deadline=profile.review_date,
                summary=self.env._("Review the debtor"),
                user_id=(profile.collector_id or self._get_reviewer(company)).id,
            )

    def _get_asked_for_review(self):
        activity_type = self.env.ref("credit_control.activity_review")
        activities = self.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", activity_type.id),
            ]
        )
        return self.browse(activities.mapped("res_id"))

    @api.model
    def _get_reviewer(self, company):
        """Who looks at debtors without a collector."""
        managers = self.env.ref("credit_control.group_manager").all_user_ids
        return (
            managers.filtered(lambda user: user.active and company in user.company_ids)[
                :1
            ]
            or self.env.user
        )

    @api.model
    def _plan_reviews(self, company, as_of: date) -> None:
        """A first review for who has none, spread over the interval of the tier: not
        all of them on one day.
        """
        self.flush_model(["review_date", "tier_id", "active"])
        self.env["credit.risk.tier"].flush_model(["review_months"])
        self.env.execute_query(
            SQL(
                """
                UPDATE credit_profile p
                   SET review_date = %(day)s::date + 1
                       + (p.id %% (t.review_months * %(month)s))
                  FROM credit_risk_tier t
                 WHERE t.id = p.tier_id AND t.review_months > 0 AND p.active
                   AND p.review_date IS NULL AND p.company_id = %(company)s
             RETURNING p.id
                """,
                day=as_of,
                month=MONTH_DAYS,
                company=company.id,
            )
        )
        self.invalidate_model(["review_date", "is_review_due"])
