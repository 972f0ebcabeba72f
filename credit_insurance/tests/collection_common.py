from datetime import date, timedelta

from odoo import Command

from odoo.addons.credit_control.tests.common import TODAY, CreditControlCommon
from odoo.addons.mail.tests.common import MockEmail


class CollectionCommon(MockEmail, CreditControlCommon):
    """One debtor, complete, with an invoice that all reminders were in vain for.

    The agency charges 15 % and 21 % VAT, and keeps both.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.company.write(
            {"company_registry": "0403170701", "country_id": cls.env.ref("base.be").id}
        )
        cls.debtor.write(
            {
                "street": "Kaai 1",
                "zip": "9000",
                "country_id": cls.env.ref("base.be").id,
                "company_registry": "0419052173",
                "vat": False,
                "email": "azure@debtor.example",
            }
        )
        cls.level_4.write({"handoff": True, "channel": "email"})
        cls.policy.write({"handoff_minimum": 50.0})
        cls.agency = cls._create_agency()
        cls.invoice = cls._create_overdue_invoice(70, 1000.0)
        cls.profile = cls._profile()

    @classmethod
    def _create_agency(cls, company=None, **values):
        company = company or cls.company
        partner = cls.env["res.partner"].create(
            {
                "name": values.pop("name", "Incasso NV"),
                "email": "dossiers@incasso.example",
                "is_company": True,
                "lang": "en_US",
            }
        )
        return cls.env["credit.collection.agency"].create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "does_pre_collection": True,
                "does_legal": True,
                "fee_ids": [Command.create({"percent": 15})],
                **values,
            }
        )

    @classmethod
    def _register(cls, agency, code, **values):
        """``agency`` is registered to collect from consumers in a country."""
        return cls.env["credit.collection.registration"].create(
            {
                "agency_id": agency.id,
                "country_id": cls.env.ref(f"base.{code.lower()}").id,
                "number": f"{code} 12345",
                **values,
            }
        )

    @classmethod
    def _remind(cls, invoices=None):
        """All levels of the policy, in time."""
        invoices = cls.invoice if invoices is None else invoices
        for days in (7, 18, 30):
            due = min(invoices.mapped("invoice_date_due"))
            cls._dun(due + timedelta(days))

    @classmethod
    def _prepare(cls, invoices=None, profile=None, user=None, **values):
        """A file in draft about ``invoices``."""
        invoices = cls.invoice if invoices is None else invoices
        profile = (profile or cls.profile).with_user(user or cls.officer)
        file = profile._prepare_collection(
            cls._items(invoices).with_user(user or cls.officer), **values
        )
        return file.with_user(cls.env.user).sudo()

    def _send(self, file, user=None):
        with self.mock_mail_gateway():
            file.with_user(user or self.manager).action_send()
        self.env.invalidate_all()
        return file

    def _sent(self, *args, **values):
        """A file that is with the agency."""
        return self._send(self._prepare(*args, **values))

    @classmethod
    def _set_up_accounts(cls):
        income = cls.company_data["default_account_revenue"].copy({"tax_ids": False})
        cls.costs_account, cls.interest_account = income, income.copy()
        cls.company.write(
            {
                "credit_charge_journal_id": cls.company_data["default_journal_misc"].id,
                "credit_costs_account_id": cls.costs_account.id,
                "credit_interest_account_id": cls.interest_account.id,
            }
        )
        cls.fee_account = cls.company_data["default_account_expense"].copy()
        cls.fee_tax = cls.env["account.tax"].create(
            {
                "name": "21 % on fees",
                "amount": 21,
                "type_tax_use": "purchase",
                "company_id": cls.company.id,
                "invoice_repartition_line_ids": [
                    Command.create({"repartition_type": "base"}),
                    Command.create(
                        {
                            "repartition_type": "tax",
                            "account_id": cls.company_data[
                                "default_account_tax_purchase"
                            ].id,
                        }
                    ),
                ],
            }
        )
        cls.agency.write(
            {"fee_account_id": cls.fee_account.id, "tax_id": cls.fee_tax.id}
        )

    def _remit(self, amounts: dict, **values):
        """A posted remittance with ``amounts`` by file."""
        remittance = (
            self.env["credit.collection.remittance"]
            .with_user(self.officer)
            .create(
                {
                    "agency_id": self.agency.id,
                    "company_id": self.company.id,
                    "date": TODAY,
                    "line_ids": [
                        Command.create({"file_id": file.id, "collected": amount})
                        for file, amount in amounts.items()
                    ],
                    **values,
                }
            )
        )
        with self.mock_mail_gateway():
            remittance.action_post()
        self.env.invalidate_all()
        return remittance

    def _why(self, invoice, day: date = TODAY):
        [reason] = self._items(invoice)._credit_explain(day)
        return reason["code"]


class RemittanceCommon(CollectionCommon):
    """The vector: 10,000 + 300 interest + 875 costs claimed, 8,000 collected."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.agency.allocation = "costs_interest_principal"
        cls.invoice = cls._create_overdue_invoice(70, 10000.0)
        cls._remind(cls.invoice)

    def setUp(self):
        super().setUp()
        self.file = self._sent(self.invoice)
        self._claim(self.file, 300, 875)

    def _claim(self, file, interest, costs):
        file.line_ids[0].write({"interest": interest, "costs": costs})

    def _draft(self, user=None, **values):
        """A remittance without lines."""
        return (
            self.env["credit.collection.remittance"]
            .with_user(user or self.officer)
            .create(
                {
                    "agency_id": self.agency.id,
                    "company_id": self.company.id,
                    "date": TODAY,
                    **values,
                }
            )
        )
