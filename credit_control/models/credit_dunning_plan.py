from datetime import date

from odoo import api, models
from odoo.tools import SQL, format_date

from ..core.escalation import INSTALMENT_PLAN, Decision
from ..database import flush


class CreditDunningPlan(models.AbstractModel):
    """The items of a plan are not reminded, from its offer on until it ends."""

    _inherit = "credit.dunning"

    @api.model
    def _flush_sources(self) -> None:
        flush(self.env, ("credit.plan", "credit.plan.item"))
        return super()._flush_sources()

    @api.model
    def _block_sql(self, as_of: date) -> SQL:
        return SQL(
            """COALESCE(%s, CASE WHEN l.id IN (
                   SELECT i.item_id
                     FROM credit_plan_item i
                     JOIN credit_plan t ON t.id = i.plan_id
                    WHERE i.item_id IS NOT NULL AND %s) THEN %s END)""",
            super()._block_sql(as_of),
            self._plan_holds_sql(as_of),
            INSTALMENT_PLAN,
        )

    @api.model
    def _plan_holds_sql(self, as_of: date) -> SQL:
        """Whether the plan ``t`` holds its items."""
        return SQL(
            """(t.state = 'active'
                OR t.state = 'proposed' AND t.answer_by >= %s)""",
            as_of,
        )

    @api.model
    def _get_reason_labels(self) -> list[tuple[str, str]]:
        return [
            *super()._get_reason_labels(),
            (INSTALMENT_PLAN, self.env._("Paid by an instalment plan")),
        ]

    @api.model
    def _get_reason_texts(self, decisions: list[Decision]) -> list[str]:
        held = self._find_holding(
            decisions,
            INSTALMENT_PLAN,
            "credit.plan.item",
            [("state", "in", ("proposed", "active"))],
        )
        words = {id_: self._word_plan(item.plan_id) for id_, item in held.items()}
        return self._reword(decisions, super()._get_reason_texts(decisions), words)

    def _word_plan(self, plan) -> str:
        if plan.state == "proposed":
            return self.env._(
                "An instalment plan was offered; the debtor may answer until %s.",
                format_date(self.env, plan.answer_by),
            )
        return self.env._(
            "Paid by the instalment plan of %(day)s, until %(last)s.",
            day=format_date(self.env, plan.date),
            last=format_date(self.env, plan.last_date),
        )


class CreditDunningPastPlan(models.AbstractModel):
    """Plans that held the items on a day gone by."""

    _inherit = "credit.dunning.past"

    @api.model
    def _plan_holds_sql(self, as_of: date) -> SQL:
        return SQL(
            """(t.proposed_date <= %(day)s
                AND (t.closed_date IS NULL OR t.closed_date > %(day)s)
                AND (t.active_date <= %(day)s OR t.answer_by >= %(day)s))""",
            day=as_of,
        )
