from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.credit_insurance.models.credit_worklist import AHEAD

# {alarm: the deadline of an insured invoice that comes near, or was missed}
CLOCKS = {
    "stop_shipment": SQL("c.stop_date"),
    "report_due": SQL("CASE WHEN c.next_kind = 'notify' THEN c.next_date END"),
    "claim_due": SQL("CASE WHEN c.next_kind = 'claim' THEN c.next_date END"),
}
HANDOVER = "handover"


class CreditCockpit(models.Model):
    """The insurers' deadlines and what is to be handed over are alarms as well."""

    _inherit = "credit.cockpit"

    kind = fields.Selection(
        selection_add=[
            ("stop_shipment", "Stop shipment"),
            ("report_due", "Report to insurer"),
            ("claim_due", "Claims to submit"),
            ("handover", "To hand over"),
        ]
    )

    @api.model
    def _get_alarms(self):
        return (*super()._get_alarms(), *CLOCKS, HANDOVER)

    @api.model
    def _flush_sources(self) -> None:
        self.env["credit.collection.file"].flush_model()
        self.env["credit.collection.line"].flush_model()
        return super()._flush_sources()

    @api.model
    def _get_sources(self, as_of: date) -> dict[str, SQL]:
        return super()._get_sources(as_of) | {
            **{kind: self._clock_alarm_sql(kind, as_of) for kind in CLOCKS},
            HANDOVER: self._handover_sql(),
        }

    @api.model
    def _get_shared(self, as_of: date) -> dict[str, SQL]:
        clocks = self.env["credit.insurance.clock"]._clock_sql(
            as_of, until=as_of + AHEAD
        )
        return super()._get_shared(as_of) | {"clock": clocks}

    @api.model
    def _clock_alarm_sql(self, kind: str, as_of: date) -> SQL:
        """Insured invoices whose deadline is over within a fortnight, or past: how
        many, what is open of them and the first day."""
        return SQL(
            """SELECT c.profile_id AS profile, COUNT(*) AS number,
                      SUM(c.amount) AS amount, MIN(c.deadline) AS day
                 FROM (SELECT c.profile_id, c.amount, %(deadline)s AS deadline
                         FROM clock c
                        WHERE c.next_kind IS NOT NULL
                          AND COALESCE(c.uncovered, 'disputed') = 'disputed') c
                WHERE c.deadline <= %(until)s
             GROUP BY c.profile_id""",
            deadline=CLOCKS[kind],
            until=as_of + AHEAD,
        )

    @api.model
    def _handover_sql(self) -> SQL:
        """Files that were proposed or approved and aren't sent yet."""
        return SQL(
            """SELECT f.profile_id AS profile, COUNT(DISTINCT f.id) AS number,
                      SUM(q.amount * COALESCE(
                          i.balance / NULLIF(i.amount_currency, 0), 1)) AS amount,
                      MIN(f.date) AS day
                 FROM credit_collection_file f
            LEFT JOIN credit_collection_line q ON q.file_id = f.id
            LEFT JOIN account_move_line i ON i.id = q.item_id
                WHERE f.state IN ('draft', 'ready')
             GROUP BY f.profile_id"""
        )

    def _view_agreements(self) -> dict | None:
        actions = dict.fromkeys(CLOCKS, "action_clock")
        actions[HANDOVER] = "action_collection_file"
        if self.kind not in actions:
            return super()._view_agreements()
        action = self.env["ir.actions.actions"]._for_xml_id(
            f"credit_insurance.{actions[self.kind]}"
        )
        domain = [("profile_id", "=", self.profile_id.id)]
        if self.kind == HANDOVER:
            domain.append(("state", "in", ("draft", "ready")))
        return {**action, "domain": domain, "context": {}}
