from datetime import date, timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from ..core import plans
from .credit_plan import HOLDING, WAIVED


class CreditPlanDaily(models.Model):
    """What happens to plans by itself, every morning."""

    _inherit = "credit.plan"

    @api.model
    def _update_all(self, company, as_of: date) -> None:
        """Before payments are matched otherwise and reminders are proposed."""
        found = self.sudo().search(
            [("company_id", "=", company.id), ("state", "in", HOLDING)]
        )
        found._get_with_money(as_of)._match_money(as_of)
        found._update(as_of)

    def _update(self, as_of: date) -> None:
        """Judge these plans; twice a day is as once.

        A plan that another transaction handles is left to it.
        """
        held = self.sudo().filtered(lambda plan: plan.state in HOLDING)
        standings = held._get_standings()
        for plan in held.try_lock_for_update(allow_referencing=True):
            getattr(plan, f"_update_{plan.state}")(standings[plan], as_of)

    def _update_proposed(self, terms: list[plans.Standing], as_of: date) -> None:
        if not any(term.rest for term in terms):
            self._end("completed", as_of, self.env._("all was paid before an answer"))
        elif self.answer_by < as_of:
            self._end("cancelled", as_of, self.env._("no answer in time"))

    def _update_active(self, terms: list[plans.Standing], as_of: date) -> None:
        broken = plans.find_broken(terms, as_of, self.company_id.credit_plan_grace)
        if not any(term.rest for term in terms):
            self._complete(as_of)
        elif broken:
            self._breach(broken, as_of)
        else:
            self._remind(as_of)

    def _complete(self, as_of: date) -> None:
        self._end("completed", as_of, self.env._("all terms are paid"))
        charges = self.charge_ids.filtered("open_amount")
        if self.charges == WAIVED and charges:
            reason = self.env._("Plan of %s kept", format_date(self.env, self.date))
            charges._waive(reason, sum(charges.mapped("open_amount")))

    def _breach(self, term: plans.Standing, as_of: date) -> None:
        words = self.env._(
            "%(amount)s of the term of %(day)s was not paid",
            amount=format_amount(self.env, float(term.rest), self.currency_id),
            day=format_date(self.env, term.day),
        )
        self._end("breached", as_of, words)
        self._tell_collector(
            self.env._("Instalment plan broken"),
            self.env._("%s. Its invoices are reminded again.", words),
            as_of,
        )

    # -- money -----------------------------------------------------------------

    def _get_with_money(self, as_of: date):
        """Active plans of debtors with money, since the plan, matched with nothing."""
        active = self.filtered(lambda plan: plan.state == "active")
        if not active:
            return active
        active.flush_model()
        self.env["account.move.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id
                  FROM credit_plan p
                  JOIN credit_profile f ON f.id = p.profile_id
                 WHERE p.id = ANY(%s)
                   AND EXISTS (
                       SELECT 1
                         FROM account_move_line l
                         JOIN res_partner r ON r.id = l.partner_id
                         JOIN account_journal j ON j.id = l.journal_id
                        WHERE r.commercial_partner_id = f.partner_id
                          AND l.company_id = p.company_id
                          AND l.currency_id = p.currency_id
                          AND l.account_id = ANY(%s)
                          AND l.parent_state = 'posted'
                          AND l.reconciled IS NOT TRUE
                          AND l.amount_residual_currency < 0
                          AND l.date BETWEEN p.active_date AND %s
                          AND j.type IN ('bank', 'cash', 'credit'))
              ORDER BY p.id
                """,
                active.ids,
                self.env["credit.dunning"]._receivable_account_ids(active.company_id),
                as_of,
            )
        )
        return self.browse(id_ for (id_,) in rows)

    def _match_money(self, as_of: date) -> None:
        """Match what came in without saying for what with the items, in order."""
        for plan in self:
            try:
                with self.env.cr.savepoint():
                    plan._match(as_of)
            except UserError as error:
                plan._log(self.env._("payments could not be matched, %s", error))

    def _match(self, as_of: date) -> None:
        rest = self.open_amount
        items = self.line_ids.item_id.sorted(lambda i: (i.date_maturity, i.id))
        for money in self.profile_id._get_unmatched_money(as_of).filtered(
            lambda m: m.date >= self.active_date and m.currency_id == self.currency_id
        ):
            for item in items.filtered(
                lambda i, money=money: not i.reconciled
                and i.amount_residual_currency > 0
                and i.account_id == money.account_id
            ):
                if not money.reconciled:
                    (money + item).reconcile()
        self.invalidate_recordset()
        self.term_ids.invalidate_recordset()
        paid = rest - self.open_amount
        if self.currency_id.compare_amounts(paid, 0) > 0:
            words = format_amount(self.env, paid, self.currency_id)
            self._log(self.env._("payments of %s matched", words))

    # -- remind ----------------------------------------------------------------

    def _remind(self, as_of: date) -> None:
        """Remind the debtor of the next term some days before, once."""
        days = self.company_id.credit_plan_reminder_days
        if days <= 0:
            return
        for term in self.term_ids:
            if (
                not term.reminded_date
                and as_of <= term.date <= as_of + timedelta(days)
                and term.rest
            ):
                term.reminded_date = as_of
                if self._get_recipient().email:
                    self._send_reminder(term)
