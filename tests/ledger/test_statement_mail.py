"""Statements of real debtors, over a real mail server."""

from collections import defaultdict
from datetime import date
from unittest import SkipTest

from odoo.tests import freeze_time, tagged

from . import ledger
from .mailbox_case import MailboxCase

DAY = date(2012, 3, 31)
CUSTOMERS = 8


@freeze_time(DAY)
@tagged("post_install", "-at_install")
class TestStatementMail(MailboxCase):
    @classmethod
    def setUpClass(cls):
        path = ledger.find()
        if not path.is_file():
            raise SkipTest("The real ledger is not on this machine.")
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.email = "credit@seller.example"
        rows = [row for row in ledger.read(path) if row.date <= DAY]
        customers = sorted({row.customer for row in rows})[:CUSTOMERS]
        cls.rows = [row for row in rows if row.customer in customers]
        cls._open_mailbox()
        cls.loader = ledger.Loader(cls.env, cls.rows)
        cls.loader.post_invoices()
        cls.loader.pay_until(DAY)

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "credit_control.group_manager"
        )

    def _expected(self):
        """{e-mail: (documents, sum)} of who owes something in the file."""
        found = defaultdict(lambda: (set(), 0))
        for row in self.rows:
            if row.is_open(DAY):
                email = self.loader.partners[row.customer].email
                documents, amount = found[email]
                found[email] = documents | {row.number}, amount + row.amount
        return dict(found)

    def test_each_gets_his_own_once(self):
        batches = self.env["credit.statement.batch"]
        self.env["credit.profile"]._create_missing(self.company)
        chosen = batches._choose(self.company, "open", DAY, None, "owing")
        batch = batches._make(self.company, chosen, "open", DAY)
        statements = batch.statement_ids
        expected = self._expected()
        self.assertEqual(set(statements.mapped("recipient_email")), set(expected))
        batch.action_send()
        self.assertEqual(set(statements.mapped("state")), {"sent"})
        mails = self.mailbox.collect()
        self.assertEqual(
            sorted(mail["X-Envelope-To"] for mail in mails), sorted(expected)
        )
        documents = {one.recipient_email: one.attachment_id.raw for one in statements}
        for mail in mails:
            names, amount = expected[mail["X-Envelope-To"]]
            body = mail.get_body(("html",)).get_content()
            self.assertIn(f"{amount:,.2f}", body)
            [part] = mail.iter_attachments()
            content = part.get_payload(decode=True)
            self.assertEqual(content, documents[mail["X-Envelope-To"]])
            for name in names:
                self.assertIn(name.encode(), content)
