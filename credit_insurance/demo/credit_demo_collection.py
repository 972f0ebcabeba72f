from datetime import date, timedelta
from itertools import zip_longest

from odoo import Command, api, models

from odoo.addons.credit_control.demo import story

# Debtors that were reminded in vain; the last of them wait for a decision.
REMINDED, WAITING = 8, 2
# Files of which the agency has sent money, each about one invoice; the next ones went
# the ways below.
PAYING = 2
# What happened to a file: state, days after it was sent, what the agency said. They end
# as it stands today.
ACCEPTED = ("accepted", 2, "")
AMICABLE = ("amicable", 4, "First letter and call")
WAYS = [
    (("ready", 0, ""),),
    (),
    (ACCEPTED,),
    (("rejected", 3, "The debtor lives outside our region"),),
    (ACCEPTED, ("pre_collection", 3, "")),
    (ACCEPTED, AMICABLE, ("plan", 12, "Four terms, the first one is paid")),
    (ACCEPTED, AMICABLE, ("disputed", 15, "Says that a pallet was short")),
    (ACCEPTED, AMICABLE, ("legal", 20, "Summons by the lawyer")),
    (ACCEPTED, AMICABLE, ("legal", 20, ""), ("enforcement", 33, "Judgment by default")),
    (ACCEPTED, AMICABLE, ("irrecoverable", 30, "Nothing to seize")),
    (ACCEPTED, ("withdrawn", 9, "Agreed with the debtor ourselves")),
]


class CreditDemoCollection(models.AbstractModel):
    """The demo wholesaler has a collection agency and a lawyer; some files are there,
    one has paid in part, others wait for a decision.
    """

    _inherit = "credit.demo"

    @api.model
    def _build(self, as_of: date, count: int = story.INVOICES):
        company = super()._build(as_of, count)
        agencies = self.env["credit.collection.agency"].with_context(active_test=False)
        if not agencies.search([("company_id", "=", company.id)], limit=1):
            self.with_company(company)._collect(company, as_of)
        return company

    def _collect(self, company, as_of: date) -> None:
        agency = self._create_agency(company)
        self._create_lawyer(company)
        files = self.env["credit.collection.file"].with_context(tracking_disable=True)
        sent_on = as_of - timedelta(days=45)
        hopeless = self._find_hopeless(company, as_of)[:REMINDED]
        self._remind(company, hopeless, as_of)
        claims = self._find_claims(hopeless[:-WAITING] or hopeless, sent_on)
        ways = [(ACCEPTED, AMICABLE)] * PAYING + WAYS
        made = [
            files._make(profile, item, sent_on, agency=agency)
            for (profile, item), _way in zip(claims, ways, strict=False)
        ]
        for file, way in zip(made, ways, strict=False):
            self._go_way(file, sent_on, way)
        self._settle(company, agency, made[:PAYING], as_of)
        self._write_letters(company, hopeless[-WAITING:], agency, as_of)
        files.with_context(mail_notify_force_send=False)._propose_all(company, as_of)

    def _find_hopeless(self, company, as_of: date):
        """Who owes for longest, and whose file is complete."""
        profiles = self.env["credit.profile"].search(
            [
                ("company_id", "=", company.id),
                ("is_overdue", "=", True),
                ("plan_ids", "=", False),
                ("partner_id.vat", "!=", False),
                ("insurance_limit_ids", "=", False),
            ]
        )
        late = as_of - timedelta(days=90)
        return profiles.filtered(
            lambda p: p.oldest_due and p.oldest_due < late and not p.credit_amount
        ).sorted("oldest_due")

    def _remind(self, company, profiles, as_of: date) -> None:
        """All levels by e-mail, as they went out then; nothing is rendered."""
        runs = self.env["credit.run"].with_context(mail_notify_force_send=False)
        for days in (85, 75, 65, 52):
            day = as_of - timedelta(days=days)
            run = runs._propose(company, day, profiles=profiles)
            for notice in run.notice_ids:
                notice.channel = "email"
                notice._post_email()
                notice._freeze()
            run._close_when_done()

    def _create_agency(self, company):
        partner = self.env["res.partner"].create(
            {
                "name": "Incasso Benelux NV",
                "street": "Inningslaan 1001",
                "zip": "2000",
                "city": "Antwerpen",
                "country_id": self.env.ref("base.be").id,
                "email": "dossiers@incassobenelux.example.com",
                "is_company": True,
                "company_id": company.id,
            }
        )
        tax = self.env["account.tax"].search(
            [
                ("company_id", "=", company.id),
                ("type_tax_use", "=", "purchase"),
                ("amount_type", "=", "percent"),
                ("amount", "=", 21),
            ],
            limit=1,
        )
        return self.env["credit.collection.agency"].create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "does_pre_collection": True,
                "does_consumers": True,
                "registration_ids": [
                    Command.create(
                        {
                            "country_id": self.env.ref("base.be").id,
                            "number": "2024/1001",
                        }
                    )
                ],
                "customer_reference": "K-20417",
                "allocation": "law",
                "journal_id": self._get_journal(company, "bank").id,
                "fee_account_id": self._find_account(company, "expense").id,
                "tax_id": tax.id,
                "fee_ids": [
                    Command.create({"percent": 12}),
                    Command.create({"percent": 15, "from_days": 120}),
                    Command.create(
                        {
                            "service": "pre_collection",
                            "flat": 12.5,
                            "no_cure_no_pay": False,
                        }
                    ),
                ],
            }
        )

    def _create_lawyer(self, company) -> None:
        partner = self.env["res.partner"].create(
            {
                "name": "Advocatenkantoor De Schelde",
                "city": "Gent",
                "country_id": self.env.ref("base.be").id,
                "email": "invordering@deschelde.example.com",
                "is_company": True,
                "company_id": company.id,
            }
        )
        self.env["credit.collection.agency"].create(
            {
                "sequence": 20,
                "partner_id": partner.id,
                "company_id": company.id,
                "kind": "lawyer",
                "does_amicable": False,
                "does_legal": True,
                "fee_withheld": False,
                "fee_ids": [Command.create({"flat": 250, "no_cure_no_pay": False})],
            }
        )

    def _find_account(self, company, kind: str):
        return self.env["account.account"].search(
            [("company_ids", "in", company.ids), ("account_type", "=", kind)], limit=1
        )

    def _find_claims(self, profiles, sent_on: date) -> list:
        """(debtor, old invoice), the debtors by turns."""
        columns = [
            [(profile, item) for item in profile._get_collectable_items()]
            for profile in profiles
        ]
        turns = zip_longest(*columns)
        late = sent_on - timedelta(days=30)
        return [
            claim
            for turn in turns
            for claim in turn
            if claim and claim[1].date_maturity < late
        ]

    def _go_way(self, file, sent_on: date, way) -> None:
        if way and way[0][0] == "ready":
            file._move("ready", sent_on, decided_date=sent_on)
            return
        self._send_to_agency(file, sent_on)
        self._go(file, sent_on, way)

    def _send_to_agency(self, file, sent_on: date) -> None:
        """As it was sent then, without the mail and its dossier."""
        file._move("ready", sent_on, decided_date=sent_on)
        file._move("sent", sent_on, sent_date=sent_on)

    def _go(self, file, sent_on: date, way) -> None:
        for state, days, reason in way:
            day = sent_on + timedelta(days)
            if state in ("irrecoverable", "withdrawn"):
                file._close(state, day, reason)
                continue
            file._move(state, day, reason)
            if state == "accepted":
                file.agency_reference = f"IB-{7000 + file.id}"

    def _write_letters(self, company, profiles, agency, as_of: date) -> None:
        """Letters in the agency's name; the first of them it has billed."""
        policy = self._create_policy(company, agency)
        profiles.policy_id = policy
        runs = self.env["credit.run"].with_context(mail_notify_force_send=False)
        run = runs._propose(company, as_of - timedelta(days=20), profiles=profiles)
        letters = self.env["credit.collection.letter"]
        for notice in run.notice_ids:
            notice.channel = "email"
            notice._post_email()
            notice._freeze()
            letters |= letters._note(notice, agency)
        run._close_when_done()
        letters[:1].action_make_bill()

    def _create_policy(self, company, agency):
        """The standard one, with a letter of the agency as its last level."""
        standard = self.env.ref("credit_control.policy_standard")
        policy = standard.copy({"name": "With a letter of the agency"})
        policy.write({"company_id": company.id, "sequence": 9999})
        last = policy.level_ids.sorted("number")[-1]
        last.handoff = False
        last.copy(
            {
                "number": last.number + 1,
                "name": "Letter of the agency",
                "days": 45,
                "channel": "email_letter",
                "handoff": True,
                "subject": "We act for your creditor",
                "text": "<p>Our client has asked us to write to you: the invoices "
                "below are still unpaid, although he reminded you several times. Pay "
                "them to our client within eight days. After that we shall collect "
                "them, and the costs of it are yours.</p>",
                "pre_collection": "agency",
                "pre_collection_agency_id": agency.id,
            }
        )
        return policy

    def _settle(self, company, agency, files: list, as_of: date) -> None:
        """The agency has collected a third on one file, and settles another."""
        for number, (file, posted) in enumerate(
            zip(files, (True, False), strict=False), 1
        ):
            remittance = self.env["credit.collection.remittance"].create(
                {
                    "agency_id": agency.id,
                    "company_id": company.id,
                    "currency_id": company.currency_id.id,
                    "date": as_of - timedelta(days=10 if posted else 0),
                    "reference": f"AFR-{310 + number}",
                    "line_ids": [
                        Command.create(
                            {
                                "file_id": file.id,
                                "collected": file.currency_id.round(
                                    file.claimed_amount / 3
                                ),
                            }
                        )
                    ],
                }
            )
            if posted and company.credit_costs_account_id:
                remittance.action_post()
