from datetime import date, timedelta

from odoo import Command
from odoo.tests import freeze_time, new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

# The day on which every test takes place, also for what asks the clock.
TODAY = date(2025, 6, 16)


@freeze_time(TODAY)
class CreditControlCommon(AccountTestInvoicingCommon):
    """A company with one debtor and one policy; today is TODAY.

    The policy: a friendly reminder 5 days before the due date, a reminder 7
    days after it, a second one (e-mail and letter) after 18 days, a last notice
    (letter) after 30. At least 7 days lie between two notices of an item. Amounts
    of 5.00 and less are left alone. Each level has a notice of its own.
    """

    LEVELS = (
        (1, "Friendly reminder", -5, "email"),
        (2, "Reminder", 7, "email"),
        (3, "Second reminder", 18, "email_letter"),
        (4, "Last notice", 30, "letter"),
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.company.email = "credit@seller.example"
        cls.policy = cls._create_policy()
        cls.level_1, cls.level_2, cls.level_3, cls.level_4 = cls.policy.level_ids
        cls.debtor = cls._create_debtor("Azure")
        cls.other_debtor = cls._create_debtor("Brick")
        cls.good, cls.fair, cls.poor = (
            cls.env.ref(f"credit_control.tier_{name}")
            for name in ("good", "fair", "poor")
        )

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "credit_control.group_manager"
        )

    # -- builders --------------------------------------------------------------

    @classmethod
    def _create_policy(cls, levels=LEVELS, **values):
        """A policy that comes before those of the addon's data."""
        return cls.env["credit.policy"].create(
            {
                "name": "Policy of the test",
                "sequence": -1,
                "tolerance": 5.0,
                "carry": False,
                "level_ids": [
                    Command.create(
                        {
                            "number": number,
                            "name": name,
                            "subject": name,
                            "text": f"<p>Words of level {number}.</p>",
                            "days": days,
                            "min_days": 7,
                            "channel": channel,
                        }
                    )
                    for number, name, days, channel in levels
                ],
                **values,
            }
        )

    @classmethod
    def _create_debtor(cls, name, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "email": f"{name.lower()}@debtor.example",
                "city": "Ghent",
                "is_company": True,
                "lang": "en_US",
                **values,
            }
        )

    @classmethod
    def _create_overdue_invoice(
        cls, days=10, amount=100.0, partner=None, company=None, **values
    ):
        """A posted invoice, ``days`` late today; negative: due in ``-days`` days."""
        due = TODAY - timedelta(days=days)
        invoice = (
            cls.env["account.move"]
            .with_company(company or cls.company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": (partner or cls.debtor).id,
                    "invoice_date": min(due, TODAY) - timedelta(days=30),
                    "invoice_date_due": due,
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Goods", "price_unit": amount, "tax_ids": []}
                        )
                    ],
                    **values,
                }
            )
        )
        invoice.action_post()
        return invoice

    @classmethod
    def _create_credit_note(cls, days=10, amount=100.0, **values):
        return cls._create_overdue_invoice(
            days, amount, move_type="out_refund", **values
        )

    @classmethod
    def _pay(cls, invoices, amount=None):
        """Register a payment of today for ``invoices``, of all that is open."""
        values = {} if amount is None else {"amount": amount}
        return cls._register_payment(invoices, payment_date=TODAY, **values)

    @classmethod
    def _pay_on_account(cls, amount, partner=None):
        """Money that came in without saying for what: matched with nothing."""
        partner = partner or cls.debtor
        bank = cls.company_data["default_journal_bank"]
        entry = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": bank.id,
                "date": TODAY,
                "line_ids": [
                    Command.create(
                        {"account_id": bank.default_account_id.id, "debit": amount}
                    ),
                    Command.create(
                        {
                            "account_id": partner.property_account_receivable_id.id,
                            "partner_id": partner.id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        return cls._items(entry)

    @classmethod
    def _items(cls, moves):
        """The receivable items of ``moves``."""
        return moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    @classmethod
    def _profile(cls, partner=None, company=None):
        return cls.env["credit.profile"]._get_or_create(
            partner or cls.debtor, company or cls.company
        )

    @classmethod
    def _propose(cls, as_of=TODAY, company=None, **values):
        return cls.env["credit.run"]._propose(company or cls.company, as_of, **values)

    @classmethod
    def _dun(cls, as_of=TODAY, company=None):
        """Propose and send in one go."""
        run = cls._propose(as_of, company)
        run._send(as_of)
        return run

    @classmethod
    def _create_user(cls, login, groups, companies=None):
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=f"base.group_user,{groups}",
            company_id=companies[:1].id,
            company_ids=[Command.set(companies.ids)],
        )

    @classmethod
    def _create_users(cls):
        """One user of each kind."""
        cls.viewer = cls._create_user("viewer", "credit_control.group_viewer")
        cls.officer = cls._create_user("officer", "credit_control.group_officer")
        cls.manager = cls._create_user("manager", "credit_control.group_manager")
        cls.biller = cls._create_user("biller", "account.group_account_invoice")
        cls.salesperson = cls._create_user("seller", "base.group_partner_manager")
        cls.portal = new_test_user(
            cls.env,
            "portal",
            groups="base.group_portal",
            partner_id=cls.debtor.id,
            company_id=cls.company.id,
        )
        # Odoo's helper gives the partner the name of the user.
        cls.debtor.name = "Azure"

    # -- assertions ------------------------------------------------------------

    def _get_proposed(self, run):
        """{invoice: level number} of what ``run`` holds."""
        lines = run.notice_ids.line_ids.filtered(
            lambda line: line.state in ("proposed", "sent")
        )
        return {line.move_id: line.level_number for line in lines}

    def _get_skipped(self, run):
        """{reason: (number of items, amount)}."""
        return {skip.code: (skip.item_count, skip.amount) for skip in run.skip_ids}
