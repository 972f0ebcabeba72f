from collections.abc import Iterable

from odoo import models
from odoo.tools import SQL, format_amount, format_date

from .credit_profile_call import NextStep
from .credit_profile_phone import Event

# {kind: (model, day)} of what is agreed on with a debtor.
AGREEMENTS = {
    "promise": ("credit.promise", "made_on"),
    "dispute": ("credit.dispute", "opened_on"),
    "plan": ("credit.plan", "date"),
    "request": ("credit.request", "create_date"),
}


class CreditProfilePhoneAgreement(models.Model):
    """Promises, disputes, plans and requests belong to what is known at the phone."""

    _inherit = "credit.profile"

    def _get_next_steps(self) -> Iterable[NextStep]:
        owes = bool(self.open_count)
        return [
            NextStep("action_make_promise", self.env._("Promise to pay"), owes),
            NextStep("action_open_dispute", self.env._("Dispute"), owes),
            NextStep("action_make_plan", self.env._("Make a plan"), owes),
            *super()._get_next_steps(),
        ]

    def _get_facts(self) -> list[tuple[str, str]]:
        facts = super()._get_facts()
        promises = self.promise_ids.filtered(lambda p: p.state in ("open", "broken"))
        disputes = self.dispute_ids.filtered(lambda d: d.state in ("new", "accepted"))
        plans = self.plan_ids.filtered(lambda p: p.state in ("active", "requested"))
        for label, records in (
            (self.env._("Promises"), promises[:3]),
            (self.env._("Disputes"), disputes),
            (self.env._("Instalment plans"), plans),
        ):
            if records:
                facts.append((label, "; ".join(map(self._word_agreement, records))))
        return facts

    def _word_agreement(self, record) -> str:
        states = dict(record._fields["state"]._description_selection(self.env))
        return f"{record.display_name} ({states[record.state]})"

    def _get_event_sources(self) -> dict[str, tuple[str, SQL]]:
        return super()._get_event_sources() | {
            kind: (
                model,
                SQL(
                    "SELECT id, %s AS moment FROM %s WHERE profile_id = %s",
                    SQL.identifier(day),
                    SQL.identifier(self.env[model]._table),
                    self.id,
                ),
            )
            for kind, (model, day) in AGREEMENTS.items()
        }

    def _get_told_sql(self) -> list[SQL]:
        told = [
            SQL(
                "SELECT log_message_id AS id FROM %s WHERE profile_id = %s",
                SQL.identifier(self.env[model]._table),
                self.id,
            )
            for model, _day in AGREEMENTS.values()
        ]
        return super()._get_told_sql() + told

    def _make_promise_event(self, promise, day) -> Event:
        return self._make_agreement_event(
            promise,
            Event(
                day,
                "fa-handshake-o",
                self.env._("Promise to pay"),
                self.env._("by %s", format_date(self.env, promise.date)),
            ),
            promise.amount,
        )

    def _make_dispute_event(self, dispute, day) -> Event:
        return self._make_agreement_event(
            dispute,
            Event(
                day,
                "fa-exclamation-circle",
                self.env._("Dispute"),
                dispute.category_id.name,
            ),
            dispute.amount,
        )

    def _make_plan_event(self, plan, day) -> Event:
        return self._make_agreement_event(
            plan,
            Event(
                day,
                "fa-calendar",
                self.env._("Instalment plan"),
                self.env._("terms: %s", plan.term_count),
            ),
            plan.amount_total,
        )

    def _make_agreement_event(self, record, event: Event, amount: float) -> Event:
        """``event`` with what became of it, and how much it is about."""
        states = dict(record._fields["state"]._description_selection(self.env))
        return event._replace(
            text=f"{event.text} – {states[record.state]}",
            amount=format_amount(self.env, amount, record.currency_id),
        )

    def _make_request_event(self, request, day) -> Event:
        kinds = dict(request._fields["kind"]._description_selection(self.env))
        text = request.text or request.documents or ""
        return Event(day, "fa-comment", kinds[request.kind], text)
