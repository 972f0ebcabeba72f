"""Insurance and collection on the ledger of ledger.py, as much as a company of that
size has: of 20,000 debtors 12,000 are insured, 2,000 have a security, 500 are with an
agency, 300 are overdue for so long that the insurer has to know.

The first policy is young: what it insures is not overdue for long. The decisions in it
come from the insurer's list, which is a benchmark of its own.
"""

import base64
from datetime import date, timedelta

from odoo import fields

DAY = date(2025, 6, 16)


def set_clock():
    """The day of the ledger, whatever day it is; the database is asked nothing."""
    fields.Date.today = staticmethod(lambda *_args: DAY)
    fields.Date.context_today = staticmethod(lambda *_args, **_kwargs: DAY)


class Insured:
    def __init__(self, env):
        self.env, self.cr, self.company = env, env.cr, env.company
        self.profiles = env["credit.profile"].search([], order="id")
        share = len(self.profiles) / 20000
        self.insured = self.profiles[: round(12000 * share)]
        self.late = self.insured[-round(300 * share) :]
        self.collected = self.profiles[-round(500 * share) :]

    def build(self):
        """All but the insurer's list, which is taken over afterwards."""
        insurer = self.env["res.partner"].create({"name": "Insurer"})
        self.cr.execute(
            "UPDATE res_partner SET company_registry = 'R' || id, is_company = TRUE"
            " WHERE name LIKE 'Debtor %'"
        )
        self.env.invalidate_all()
        self.policy = self._create_policy(insurer, "KV-1", 95)
        self.second = self._create_policy(insurer, "KV-2", 400)
        self.policy.watch_deadlines = self.second.watch_deadlines = True
        self.agency = self._create_agency()
        self._secure()
        self.cr.commit()

    def _create_policy(self, insurer, number, days):
        return self.env["credit.insurance.policy"].create(
            {
                "number": number,
                "insurer_id": insurer.id,
                "date_from": DAY - timedelta(days),
                "date_to": DAY + timedelta(300),
                "renews": True,
                "insured_percent": 90,
                "extension_days": 60,
                "notification_days": 30,
                "premium_rate": 0.25,
            }
        )

    def _create_agency(self):
        partner = self.env["res.partner"].create(
            {"name": "Agency", "email": "agency@example.com", "is_company": True}
        )
        return self.env["credit.collection.agency"].create({"partner_id": partner.id})

    def _secure(self):
        """One in ten debtors has a bank guarantee, some of them end soon."""
        self.cr.execute(
            """INSERT INTO credit_security (profile_id, company_id, kind, state, amount,
                   currency_id, percent, haircut, priority, valid_from, valid_to,
                   claim_days, irrevocable, advance_percent, name)
               SELECT p.id, p.company_id, 'guarantee', 'active', 500 + mod(p.id, 7) * 300,
                      c.currency_id, 100, 0, 10, %(day)s - 200,
                      CASE mod(p.id, 100) WHEN 0 THEN %(day)s + 20 END, 0, TRUE, 80,
                      'G' || p.id
                 FROM credit_profile p JOIN res_company c ON c.id = p.company_id
                WHERE mod(p.id, 10) = 0""",
            {"day": DAY},
        )

    def write_list(self):
        """The insurer's list: a decision on everybody insured."""
        rows = ["Registration number;Reference;Decided;From;To"]
        start = DAY - timedelta(90)
        for number, profile in enumerate(self.insured - self.late):
            amount = 1000000 if number < 100 else 500 + 400 * (number % 10)
            end = (DAY + timedelta(20)).strftime("%d/%m/%Y") if number % 20 == 0 else ""
            rows.append(
                f"R{profile.partner_id.id};L{number};{amount};"
                f"{start.strftime('%d/%m/%Y')};{end}"
            )
        return self.env["credit.insurance.import"].create(
            {
                "name": "decisions.csv",
                "policy_id": self.policy.id,
                "file": base64.b64encode("\n".join(rows).encode()),
            }
        )

    def cut(self):
        """One in ten limits of the list was cut to half; limits in the old policy."""
        self.cr.execute(
            """UPDATE credit_insurance_period d SET date_to = %(day)s - 21
                 FROM credit_insurance_limit l
                WHERE l.id = d.limit_id AND mod(l.profile_id, 10) = 3
                  AND d.date_to IS NULL""",
            {"day": DAY},
        )
        self.cr.execute(
            """INSERT INTO credit_insurance_decision (limit_id, profile_id, policy_id,
                   company_id, status, amount, requested, percent, date_from, user_id)
               SELECT d.limit_id, d.profile_id, l.policy_id, d.company_id, 'reduced',
                      d.amount / 2, 0, 0, %(day)s - 20, %(user)s
                 FROM credit_insurance_period d
                 JOIN credit_insurance_limit l ON l.id = d.limit_id
                WHERE d.date_to = %(day)s - 21""",
            {"day": DAY, "user": self.env.uid},
        )
        self.cr.execute(
            """INSERT INTO credit_insurance_period (limit_id, profile_id, company_id,
                   amount, percent, date_from)
               SELECT limit_id, profile_id, company_id, amount / 2, 0, %(day)s - 20
                 FROM credit_insurance_period WHERE date_to = %(day)s - 21""",
            {"day": DAY},
        )
        self.env.invalidate_all()
        limits = self.env["credit.insurance.limit"].create(
            [
                {"policy_id": self.second.id, "profile_id": profile.id}
                for profile in self.late
            ]
        )
        self.env["credit.insurance.decision"].create(
            [
                {
                    "limit_id": limit.id,
                    "amount": 5000,
                    "date_from": DAY - timedelta(390),
                }
                for limit in limits
            ]
        )
        self.env.flush_all()
        self.cr.commit()

    def find_debts(self):
        """Six items of everybody whose debts are handed over."""
        wanted = []
        for profile in self.collected:
            items = self.env["account.move.line"].search(
                [
                    ("partner_id", "=", profile.partner_id.id),
                    ("account_type", "=", "asset_receivable"),
                    ("amount_residual", ">", 0),
                    ("parent_state", "=", "posted"),
                ],
                limit=6,
            )
            wanted.append((profile, items, {"agency": self.agency}))
        return wanted

    def hand_over(self, wanted):
        """Files of them, most with the agency since a month."""
        files = self.env["credit.collection.file"].with_context(tracking_disable=True)
        made = files._make_many(wanted, DAY)
        sent = made[: len(made) * 4 // 5]
        sent.write({"state": "amicable", "sent_date": DAY - timedelta(30)})
        self.env.flush_all()
        self.cr.commit()
        return made

    def propose_handover(self):
        """The policies propose what is late for more than a year and a month."""
        policies = self.env["credit.policy"].search([])
        policies.write(
            {
                "handoff_propose": True,
                "handoff_earliest": 390,
                "handoff_latest": 397,
                "handoff_minimum": 0,
            }
        )
        self.env.flush_all()
        self.cr.commit()
