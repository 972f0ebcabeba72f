from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL, format_date

from ..core import evidence


class Evidence(NamedTuple):
    """What a discretionary limit rests on; without ``until`` it doesn't hold."""

    words: str
    until: date | None
    report: models.BaseModel


class CreditProfileEvidence(models.Model):
    """What a debtor may be covered on without asking the insurer."""

    _inherit = "credit.profile"

    def _find_evidence(self, kind: str, policy, as_of: date) -> Evidence:
        """What ``policy`` accepts of that kind of evidence."""
        self.ensure_one()
        if adverse := self._find_adverse(as_of):
            return Evidence(adverse, None, self.env["credit.bureau.report"])
        if kind == "report":
            return self._find_report(policy, as_of)
        return self._find_experience(as_of)

    def _find_report(self, policy, as_of: date) -> Evidence:
        """A report of an approved agency, for twelve months from its own date."""
        reports = self.env["credit.bureau.report"].search(
            [("profile_id", "=", self.id), ("date", "<=", as_of)]
        )
        reports = reports.filtered(lambda one: policy._approves(one.agency))[:1]
        until = reports and evidence.holds_until(reports.date)
        if not until or until < as_of:
            return Evidence(
                self.env._(
                    "There is no report of an approved agency of the last twelve "
                    "months."
                ),
                None,
                reports.browse(),
            )
        words = self.env._(
            "Credit report of %(agency)s of %(day)s.",
            agency=reports.agency,
            day=format_date(self.env, reports.date),
        )
        return Evidence(words, until, reports)

    def _find_experience(self, as_of: date) -> Evidence:
        """Invoices of the last twelve months that were paid on time."""
        found = evidence.judge(self._fetch_purchases(as_of), as_of)
        nothing = self.env["credit.bureau.report"]
        if found.until:
            words = self.env._(
                "%(count)s invoices of the last twelve months were paid on time.",
                count=found.on_time,
            )
        elif found.late:
            words = self.env._(
                "%(count)s invoices of the last twelve months were paid late.",
                count=found.late,
            )
        else:
            words = self.env._(
                "Two invoices paid on time in twelve months are needed, there is %s.",
                found.on_time,
            )
        return Evidence(words, found.until, nothing)

    def _fetch_purchases(self, as_of: date) -> list[evidence.Purchase]:
        """Invoices of the twelve months before ``as_of``, with the day of payment."""
        self.env["account.move"].flush_model()
        self.env["account.move.line"].flush_model()
        self.env["account.partial.reconcile"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.invoice_date, MAX(COALESCE(l.date_maturity, l.date)),
                       CASE WHEN bool_and(l.reconciled) THEN MAX(r.max_date) END
                  FROM account_move m
                  JOIN account_move_line l ON l.move_id = m.id
                                          AND l.account_id = ANY(%s)
             LEFT JOIN account_partial_reconcile r ON r.debit_move_id = l.id
                 WHERE m.commercial_partner_id = %s
                   AND m.company_id = %s
                   AND m.state = 'posted'
                   AND m.move_type = 'out_invoice'
                   AND m.invoice_date BETWEEN %s AND %s
              GROUP BY m.id
                """,
                self.env["credit.dunning"]._receivable_account_ids(self.company_id),
                self.partner_id.id,
                self.company_id.id,
                as_of - relativedelta(months=evidence.MONTHS),
                as_of,
            )
        )
        return [evidence.Purchase(*row) for row in rows]

    def _find_adverse(self, as_of: date) -> str | bool:
        """Something known that speaks against cover, in words."""
        if self.order_hold:
            return self.env._("Orders of this debtor are on hold.")
        if self.broken_plan_date:
            return self.env._("This debtor broke a payment plan.")
        bad = self.env["credit.signal"].search(
            [
                ("profile_id", "=", self.id),
                ("date", "<=", as_of),
                "|",
                ("until", "=", False),
                ("until", ">=", as_of),
            ],
            limit=1,
        )
        if bad:
            return self.env._("A bad signal is known: %s.", bad.display_name)
        return False
