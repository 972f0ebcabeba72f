from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.credit_control.models.credit_profile_agreement import Wait


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

    def _get_waits(self, day) -> list[Wait]:
        """Until when the debtors of these items would have."""
        if not self or not day:
            return []
        debtors = self.partner_id.commercial_partner_id
        profiles = (
            self.env["credit.profile"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", debtors.ids),
                    ("company_id", "in", self.company_id.ids),
                ]
            )
        )
        items = self.grouped(
            lambda item: (item.partner_id.commercial_partner_id, item.company_id)
        )
        return [
            Wait(profile, items[key], day)
            for profile in profiles
            if (key := (profile.partner_id, profile.company_id)) in items
        ]

    def _tell_postponed(self, day) -> None:
        """Note in the debtor file what breaks the policy."""
        waits = self._get_waits(day)
        late = self.env["credit.profile"]._fetch_late(waits)
        for wait, rows in zip(waits, late, strict=True):
            for words in wait.profile._word_late(rows) if rows else ():
                wait.profile._message_log(
                    body=self.env._(
                        "Due date of %(documents)s postponed to %(day)s. %(warning)s",
                        documents=", ".join(row["document"] for row in rows.values()),
                        day=format_date(self.env, day),
                        warning=words,
                    )
                )

    @api.onchange("date_maturity")
    def _onchange_date_maturity_insured(self):
        """Warn before a term is postponed beyond what the policy allows."""
        item = self._origin
        if item.parent_state != "posted" or item.account_type != "asset_receivable":
            return None
        return item._warn_of_postponing(self.date_maturity)

    def _warn_of_postponing(self, day, *more: str) -> dict | None:
        """What an onchange answers where ``day`` would cost the cover."""
        waits = self._get_waits(day)
        found = self.env["credit.profile"]._find_wait_warnings(waits)
        words = [one for warnings in found for one in warnings]
        if not words:
            return None
        title = self.env._("Credit insurance")
        message = "\n".join([*words, *more])
        return {"warning": {"title": title, "message": message}}

    def _get_insured_document(self) -> str:
        """What the insurer knows it by: of an opening balance its label."""
        label = "" if self.move_id.is_invoice() else self.name or self.ref
        return label or self.move_name or ""

    def _get_net_share(self) -> float:
        """How much of the invoice is not VAT; of what was taken over from earlier books
        the VAT isn't known, so that all of it counts.
        """
        move = self.move_id
        if not move.is_invoice(include_receipts=True):
            return 1.0
        return move.amount_untaxed / move.amount_total if move.amount_total else 1.0
