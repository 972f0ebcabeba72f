from datetime import date

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.credit_control.rights import check_officer


class CreditProfileExtension(models.Model):
    """What the debtor may take longer, and who is asked."""

    _inherit = "credit.profile"

    def _accepts_by_itself(self, plan) -> bool:
        """A plan that would cost the cover waits for an officer."""
        return super()._accepts_by_itself(plan) and not self._get_extension_warnings(
            plan.line_ids.item_id, plan.last_date
        )

    def _get_clock_rows(self, items) -> dict:
        """{item: its row of ``credit.insurance.clock``} of those that are insured."""
        today = self.company_id._credit_today()
        rows = self.env["credit.insurance.clock"].sudo()._fetch_rows(self, today)
        by_id = {row["id"]: row for row in rows}
        return {item: by_id[item.id] for item in items if item.id in by_id}

    def _get_extension_ends(self, items) -> dict:
        """{item: the last day that may be waited for without asking the insurer}."""
        return {
            item: row["stop_date"]
            for item, row in self._get_clock_rows(items).items()
            if row["uncovered"] != "term"
        }

    def _get_first_dues(self, items) -> dict:
        rows = self._get_clock_rows(items)
        return {
            item: rows[item]["first_due"] if item in rows else item.date_maturity
            for item in items
        }

    def _get_extension_warnings(self, items, until: date) -> list[str]:
        """What speaks against waiting ``until`` that day for ``items``."""
        if not self or not until:
            return []
        origin = self._origin
        late = {
            item: end
            for item, end in origin._get_extension_ends(items).items()
            if until > end
        }
        if not late:
            return []
        first = min(late, key=late.get)
        return [
            self.env._(
                "The credit insurance lets %(document)s wait until %(day)s only: ask "
                "the insurer first, or the cover is lost.",
                document=first.move_name,
                day=format_date(self.env, late[first]),
            )
        ]

    def _ask_for_time(self, items, until: date, reason: str):
        """A request to the insurer of ``items``, as a draft to be looked at."""
        check_officer(self.env, self.env._("Only credit officers ask the insurer."))
        rows = self._get_clock_rows(items._origin)
        if not rows:
            raise UserError(self.env._("None of these invoices is insured."))
        policy = self.env["credit.insurance.policy"].browse(
            next(iter(rows.values()))["policy_id"]
        )
        late = [item.id for item, row in rows.items() if row["policy_id"] == policy.id]
        request = self.env["credit.insurance.extension"].create(
            {
                "profile_id": self.id,
                "policy_id": policy.id,
                "item_ids": late,
                "requested_until": until,
                "reason": reason,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.insurance.extension",
            "res_id": request.id,
            "view_mode": "form",
        }
