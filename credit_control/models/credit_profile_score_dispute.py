from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.fields import Domain

from ..core import score
from .credit_dispute import DECLINED, RESOLVED, UNFOUNDED


class CreditProfileScoreDispute(models.Model):
    _inherit = "credit.profile"

    def _get_score_figures(self, as_of: date) -> dict[int, Mapping[str, Decimal]]:
        """Invoices disputed without reason in percent of those of twelve months.

        Where a company notes no disputes there is no figure: nobody is praised for
        what nobody looked at.
        """
        found = super()._get_score_figures(as_of)
        since = as_of - relativedelta(months=12)
        year = Domain("opened_on", ">", since) & Domain("opened_on", "<=", as_of)
        own = Domain("company_id", "in", self.company_id.ids)
        if not self.env["credit.dispute"].search_count(list(year & own), limit=1):
            return found
        unfounded = self._count_unfounded(year, as_of)
        for profile, count in self._count_invoices(since, as_of).items():
            share = score.ratio(
                Decimal(unfounded.get(profile, 0)) * score.HUNDRED, Decimal(count)
            )
            if share is not None:
                share = min(share, score.HUNDRED)
                figures = found.get(profile.id, {})
                found[profile.id] = {**figures, score.DISPUTES: share}
        return found

    def _count_unfounded(self, year: Domain, as_of: date) -> dict:
        """{debtor: how many items he disputed without reason}."""
        ended = Domain("ended_on", "<=", as_of)
        declined = Domain("state", "=", DECLINED)
        unfounded = Domain("state", "=", RESOLVED) & Domain(
            "resolution", "=", UNFOUNDED
        )
        disputes = self.env["credit.dispute"].search(
            year & ended & Domain("profile_id", "in", self.ids) & (declined | unfounded)
        )
        counts: dict = {}
        for dispute in disputes:
            counts.setdefault(dispute.profile_id, set()).update(
                line.item_id.id or -line.id for line in dispute.line_ids
            )
        return {profile: len(items) for profile, items in counts.items()}

    def _count_invoices(self, since: date, as_of: date) -> dict:
        """{debtor: how many invoices he got in the time}."""
        counts = {
            (partner.id, company.id): count
            for partner, company, count in self.env["account.move"]
            .sudo()
            ._read_group(
                [
                    ("move_type", "in", ("out_invoice", "out_receipt")),
                    ("state", "=", "posted"),
                    ("company_id", "in", self.company_id.ids),
                    ("commercial_partner_id", "in", self.partner_id.ids),
                    ("invoice_date", ">", since),
                    ("invoice_date", "<=", as_of),
                ],
                ["commercial_partner_id", "company_id"],
                ["__count"],
            )
        }
        return {
            profile: counts.get((profile.partner_id.id, profile.company_id.id), 0)
            for profile in self
        }
