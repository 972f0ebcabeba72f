from odoo import api, fields, models
from odoo.tools import format_date


class AccountMoveLine(models.Model):
    """Whoever postpones a term is warned, and the first one is kept."""

    _inherit = "account.move.line"

    def write(self, vals):
        if "date_maturity" in vals:
            self._keep_first_due(fields.Date.to_date(vals["date_maturity"]))
        return super().write(vals)

    def _keep_first_due(self, day) -> None:
        changed = self.filtered(
            lambda item: item.parent_state == "posted"
            and item.account_type == "asset_receivable"
            and item.date_maturity
            and item.date_maturity != day
        )
        if changed:
            self.env["credit.insurance.due"].sudo()._keep(changed)
            changed._tell_postponed(day)

    def _tell_postponed(self, day) -> None:
        """Note in the debtor file what breaks the policy."""
        for (partner, company), items in self.grouped(
            lambda item: (item.partner_id.commercial_partner_id, item.company_id)
        ).items():
            profile = self.env["credit.profile"]._get_or_new(partner, company)
            for words in profile.id and profile._get_extension_warnings(items, day):
                profile.sudo()._message_log(
                    body=self.env._(
                        "Term of %(document)s postponed from %(before)s to %(after)s. "
                        "%(warning)s",
                        document=items[0].move_name,
                        before=format_date(self.env, items[0].date_maturity),
                        after=format_date(self.env, day),
                        warning=words,
                    )
                )

    @api.onchange("date_maturity")
    def _onchange_date_maturity_insured(self):
        """Warn before a term is postponed beyond what the policy allows."""
        item = self._origin
        if item.parent_state != "posted" or item.account_type != "asset_receivable":
            return None
        profile = self.env["credit.profile"]._get_or_new(
            item.partner_id.commercial_partner_id, item.company_id
        )
        words = profile.id and profile._get_extension_warnings(item, self.date_maturity)
        if not words:
            return None
        title = self.env._("Credit insurance")
        return {"warning": {"title": title, "message": "\n".join(words)}}

    def _get_net_share(self) -> float:
        """How much of the invoice is not VAT."""
        move = self.move_id
        return move.amount_untaxed / move.amount_total if move.amount_total else 1.0
