from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.credit_control.models.credit_exposure import Scope, Secured

from ..core.securities import HUNDRED

SECURITIES = "securities"


class CreditExposure(models.Model):
    """What of the exposure is secured otherwise, insured, and at your own risk."""

    _inherit = "credit.exposure"
    _depends = {
        "account.move": ["delivery_date", "invoice_date"],
        "credit.dispute": ["state"],
        "credit.insurance.limit": ["kind", "policy_id", "profile_id"],
        "credit.insurance.period": ["amount", "date_from", "date_to", "limit_id"],
        "credit.insurance.policy": ["active", "date_from", "date_to", "top_up"],
        "credit.insurance.stop": ["date_from", "date_to", "profile_id"],
        "credit.security": ["profile_id", "state"],
        "credit.security.presentation": ["accepted", "date", "move_id", "security_id"],
    }

    insured_limit = fields.Monetary(
        string="Insured limit",
        readonly=True,
        help="What the insurer covers of new deliveries today.",
    )
    insured_amount = fields.Monetary(
        string="Insured",
        readonly=True,
        help="The insured percentage of the exposure within the limit, after other "
        "securities.",
    )
    uncovered_amount = fields.Monetary(
        string="Uncovered",
        readonly=True,
        help="At your own risk: your share of what is insured, and all that lies "
        "beyond the limit.",
    )

    was_insured = fields.Boolean(
        string="Known to the insurer",
        readonly=True,
        help="There is a decision on him, also a zero.",
    )

    @api.model
    def _get_secured(self, scope: Scope) -> Secured:
        """Slices of securities: each stands for what lies beyond those before it."""
        slices = self.env["credit.security"].sudo()._slices_sql(scope)
        if slices is None:
            return super()._get_secured(scope)
        # Summed up in a join of its own: what stands in several columns is reckoned
        # once, and the database knows that it takes little.
        join = SQL(
            """
            LEFT JOIN (
                SELECT u.id AS owner, array_agg(u.amount) AS amounts,
                       array_agg(u.percent) AS percents,
                       array_agg(u.before) AS befores, MAX(u.digits) AS digits
                  FROM (%(slices)s) u
              GROUP BY u.id) stack ON stack.owner = e.id
            LEFT JOIN LATERAL (
                SELECT ROUND(SUM(v.used * u.percent / 100), stack.digits) AS amount,
                       ROUND(SUM((u.amount - v.used) * (u.percent = %(full)s)::int),
                             stack.digits) AS spare
                  FROM unnest(stack.amounts, stack.percents, stack.befores)
                       u(amount, percent, before)
            CROSS JOIN LATERAL (
                SELECT LEAST(GREATEST(e.gross - u.before, 0), u.amount) AS used) v
                ) secured ON TRUE
            """,
            slices=slices,
            full=HUNDRED,
        )
        return Secured(
            join, SQL("COALESCE(secured.amount, 0)"), SQL("COALESCE(secured.spare, 0)")
        )

    @api.model
    def _get_rare(self, scope: Scope) -> dict[str, SQL]:
        securities = self.env["credit.security"]
        securities.flush_model(["profile_id", "state", "valid_from", "ended_on"])
        return {
            **super()._get_rare(scope),
            SECURITIES: SQL(
                """EXISTS (SELECT FROM credit_security s
                             JOIN credit_profile p ON p.id = s.profile_id
                            WHERE %s)""",
                securities._begun_sql(scope),
            ),
        }

    @api.model
    def _get_cover_columns(self, scope: Scope) -> tuple[SQL, dict[str, SQL]]:
        join, columns = super()._get_cover_columns(scope)
        # What was delivered during a stop lies below: no insurer covers it, so that
        # securities stand for it first.
        join = SQL(
            """
            %(join)s
            LEFT JOIN (%(layers)s) limits ON limits.profile_id = x.id
            LEFT JOIN LATERAL (
                SELECT ROUND(SUM(LEAST(GREATEST(x.exposure - u.before
                                 - GREATEST(limits.stopped - x.security_amount, 0),
                                 0), u.amount) * u.percent / 100), limits.digits)
                       AS amount
                  FROM unnest(limits.amounts, limits.percents, limits.befores)
                       u(amount, percent, before)) insured ON TRUE
            """,
            join=join,
            layers=self.env["credit.insurance.limit"]._layers_sql(scope),
        )
        insured = SQL("COALESCE(insured.amount, 0)")
        return join, {
            **columns,
            "was_insured": SQL("COALESCE(limits.decided, FALSE)"),
            "insured_limit": SQL("COALESCE(limits.now, 0)"),
            "insured_amount": insured,
            "uncovered_amount": SQL("GREATEST(x.exposure, 0) - %s", insured),
        }

    @api.model
    def _get_cover_fields(self) -> set[str]:
        names = {"was_insured", "insured_limit", "insured_amount", "uncovered_amount"}
        return super()._get_cover_fields() | names

    # -- what stands behind a figure -------------------------------------------

    def action_view_limits(self):
        self.ensure_one()
        return self.profile_id.action_view_insured_limits()

    def action_view_securities(self):
        self.ensure_one()
        return self.profile_id.action_view_securities()
