from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import models

from ..core import promises, score


class CreditProfileScorePromise(models.Model):
    _inherit = "credit.profile"

    def _get_score_figures(self, as_of: date) -> dict[int, Mapping[str, Decimal]]:
        """Broken promises in percent of those judged in twelve months."""
        found = super()._get_score_figures(as_of)
        judged = self.env["credit.promise"]._read_group(
            [
                ("profile_id", "in", self.ids),
                ("state", "in", (promises.KEPT, promises.PARTLY, promises.BROKEN)),
                ("closed_date", ">", as_of - relativedelta(months=12)),
                ("closed_date", "<=", as_of),
            ],
            ["profile_id", "state"],
            ["__count"],
        )
        counts: dict[int, dict[str, int]] = {}
        for profile, state, count in judged:
            counts.setdefault(profile.id, {})[state] = count
        for id_, by_state in counts.items():
            broken = Decimal(by_state.get(promises.BROKEN, 0))
            share = score.ratio(broken * score.HUNDRED, Decimal(sum(by_state.values())))
            found[id_] = {**found.get(id_, {}), score.PROMISES: share}
        return found
