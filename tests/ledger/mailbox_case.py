"""Tests that send over a real mail server."""

from unittest.mock import patch

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .mailbox import Mailbox


class MailboxCase(AccountTestInvoicingCommon):
    @classmethod
    def _open_mailbox(cls):
        """A real mail server, and Odoo's leave to talk to it in a test."""
        cls.mailbox = Mailbox()
        cls.mailbox.start()
        cls.addClassCleanup(cls.mailbox.stop)
        cls.env["ir.mail_server"].sudo().search([]).active = False
        cls.env["ir.mail_server"].sudo().create(
            {
                "name": "Mailbox of the test",
                "smtp_host": cls.mailbox.host,
                "smtp_port": cls.mailbox.port,
                "smtp_encryption": "none",
            }
        )
        cls.startClassPatcher(
            patch.object(IrMail_Server, "_disable_send", lambda *_: False)
        )
