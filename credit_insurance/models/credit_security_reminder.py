from datetime import date, timedelta

from odoo import api, models
from odoo.tools import format_date

from ..core import securities
from ..records import plan_together
from .credit_insurance_period import NOTICE

# How long before the last day somebody is asked to present documents.
PRESENT_NOTICE = timedelta(days=7)
PRESENT = "credit_insurance.activity_present"
EXPIRY = "credit_insurance.activity_security"


class CreditSecurityReminder(models.Model):
    """Every morning: who looks at securities before it is too late."""

    _inherit = "credit.security"

    @api.model
    def _remind_expiring(self, company, as_of: date) -> None:
        """Somebody looks at securities that end soon, or have to be called soon."""
        ending = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "active"),
                ("valid_to", ">=", as_of),
                ("valid_to", "<=", as_of + NOTICE + timedelta(days=365)),
            ]
        )
        days = {
            one: max(one.valid_to - timedelta(days=one.claim_days), as_of)
            for one in ending
        }
        near = ending.filtered(lambda one: days[one] <= as_of + NOTICE)
        known = {
            one: activities.mapped(lambda activity: activity.note or "")
            for one, activities in near._find_activities(EXPIRY)
            .grouped("res_id")
            .items()
        }
        for valid_to, alike in near.grouped("valid_to").items():
            note = self.env._("Valid until %s.", format_date(self.env, valid_to))
            told = [one for one, notes in known.items() if note in "".join(notes)]
            plan_together(
                EXPIRY,
                alike.filtered(lambda one, told=told: one.id not in told),
                lambda one: (days[one], one.profile_id._get_insurance_responsible()),
                summary=self.env._("The security ends: prolong it or call it"),
                note=note,
            )

    def _find_activities(self, xmlid: str):
        """Those there are and those that are done."""
        activities = self.env["mail.activity"].with_context(active_test=False)
        return activities.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", self.env.ref(xmlid).id),
            ]
        )

    # -- documents under letters of credit ---------------------------------------

    @api.model
    def _remind_presentations(self, company, as_of: date) -> None:
        """Documents are presented within days of the shipment, or the bank pays
        nothing: an activity for each last day, a week before.
        """
        letters = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "active"),
                ("kind", "=", securities.CREDIT_LETTER),
            ]
        )
        for letter, days in letters._get_waiting(as_of).items():
            known = letter._find_activities(PRESENT).mapped("date_deadline")
            for day, moves in days.items():
                if day <= as_of + PRESENT_NOTICE and day not in known:
                    letter._plan_presentation(day, moves)

    def _get_waiting(self, as_of: date) -> dict:
        """{letter of credit: {last day: invoices whose documents wait}}."""
        found: dict = {}
        moves = self.env["account.move"]
        for letter, layer in self._get_layers(as_of).items():
            days = found.setdefault(letter, {})
            for share in layer.shares:
                if share.reason == securities.COUNTS and share.until:
                    before = days.setdefault(share.until, moves)
                    days[share.until] = before | moves.browse(share.claim.invoice)
        return found

    def _plan_presentation(self, day: date, moves) -> None:
        self.activity_schedule(
            PRESENT,
            day,
            summary=self.env._(
                "Present the documents of %s", ", ".join(moves.mapped("name"))
            ),
            user_id=self.profile_id._get_insurance_responsible().id,
        )

    def _close_presented(self, as_of: date) -> None:
        """Whoever was asked to present what has been presented is done."""
        for letter, days in self._get_waiting(as_of).items():
            activities = letter._find_activities(PRESENT).filtered("active")
            activities.filtered(
                lambda one, left=days: one.date_deadline not in left
            ).action_feedback()
