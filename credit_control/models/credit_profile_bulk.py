from odoo import models

from ..rights import check_officer


class CreditProfileBulk(models.Model):
    """What is done for several debtors at once; for one there is more to choose."""

    _inherit = "credit.profile"

    def action_promise_all(self):
        """Ask by when these debtors pay what is overdue."""
        if len(self) == 1:
            return self.action_make_promise()
        return self._get_bulk_action("promise", self.env._("Promise to pay"))

    def action_call_all(self):
        """Ask what came of calls to these debtors."""
        if len(self) == 1:
            return self.action_call()
        return self._get_bulk_action("call", self.env._("Log calls"))

    def action_give_to_collector(self):
        """Ask who looks after these debtors."""
        return self._get_bulk_action("collector", self.env._("Give to a collector"))

    def _get_bulk_action(self, step: str, name: str, items=()) -> dict:
        check_officer(self.env, self.env._("Only credit officers do that."))
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "credit.profile.bulk",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_step": step,
                "default_profile_ids": self.ids,
                "default_item_ids": [item.id for item in items],
            },
        }
