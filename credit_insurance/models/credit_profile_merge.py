from odoo import models
from odoo.exceptions import UserError

from .credit_insurance_request import OPEN


class CreditProfileMerge(models.Model):
    """What the insurer was told of two files of one customer stays told."""

    _inherit = "credit.profile"

    def _absorb(self, other) -> None:
        """Where one thing at a time is open of a debtor, one of two stays open."""
        self.sudo()._join_claims(other.sudo())
        self.sudo()._join_requests(other.sudo())
        self.sudo()._join_stops(other.sudo())
        return super()._absorb(other)

    def _join_claims(self, other) -> None:
        """A draft goes: it would tell of the balance that the other one tells of."""
        claims = self.env["credit.claim"].search(
            [
                ("profile_id", "in", (self | other).ids),
                ("state", "not in", ("refused", "paid", "closed")),
            ]
        )
        for both in claims.grouped("policy_id").values():
            reported = both.filtered(lambda claim: claim.state != "draft")
            if len(reported) > 1:
                raise UserError(
                    self.env._(
                        "Both customers have a claim with the insurer, %(claims)s: "
                        "close one of them before they become one customer.",
                        claims=", ".join(reported.mapped("display_name")),
                    )
                )
            kept = reported or both.filtered(lambda one: one.profile_id == self)
            (both - (kept or both)).unlink()

    def _join_requests(self, other) -> None:
        """What was sent goes before a draft; of two that were sent one is withdrawn."""
        requests = self.env["credit.insurance.request"].search(
            [("profile_id", "in", (self | other).ids), ("state", "in", OPEN)]
        )
        for both in requests.grouped("policy_id").values():
            ordered = both.sorted(
                lambda one: (one.state != "sent", one.profile_id != self)
            )
            for request in ordered[1:]:
                if request.state == "draft":
                    request.unlink()
                else:
                    request._close("withdrawn")

    def _join_stops(self, other) -> None:
        """Since the earlier day."""
        stops = self.env["credit.insurance.stop"].search(
            [("profile_id", "in", (self | other).ids), ("date_to", "=", False)]
        )
        if len(stops) > 1:
            mine = stops.filtered(lambda stop: stop.profile_id == self)
            mine.date_from = min(stops.mapped("date_from"))
            (stops - mine).unlink()
