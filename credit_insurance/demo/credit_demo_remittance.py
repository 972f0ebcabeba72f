from datetime import date, timedelta

from odoo import Command, models

from .credit_demo_collection import WITH_AGENCY

# Tax on services of the chart of accounts, as it names it.
SERVICES_21 = "attn_VAT-IN-V82-21-S"
# First digits of Belgian accounts: fees, losses, write-downs, VAT to reclaim.
FEES, LOSSES, WRITE_DOWNS, ALLOWANCE, VAT = "61329", "642", "634", "409", "411"


class CreditDemo(models.AbstractModel):
    """Remittances in every state, and files that came back unpaid.

    The agency settled a statement that was wrong at first; the lawyer bills his fee. One
    debtor left nothing and is to be decided on, one is provided for.
    """

    _inherit = "credit.demo"

    def _create_agency(self, company):
        agency = super()._create_agency(company)
        tax = self.env.ref(
            f"account.{company.id}_{SERVICES_21}", raise_if_not_found=False
        )
        fees = self._find_by_code(company, FEES)
        agency.write(
            {
                "fee_account_id": (fees or agency.fee_account_id).id,
                "tax_id": (tax or agency.tax_id).id,
            }
        )
        return agency

    def _settle(self, company, agency, as_of: date) -> None:
        result = super()._settle(company, agency, as_of)
        file = self.env["credit.collection.file"].search(
            [("agency_id", "=", agency.id), ("is_held", "=", True)],
            order="id",
            limit=1,
        )
        if file and company.credit_costs_account_id:
            wrong = self._remit(file, as_of - timedelta(12), "AFR-310", share=0.9)
            wrong.action_post()
            wrong.action_cancel()
        self._come_back(company, agency, as_of)
        return result

    def _remit(self, file, day: date, reference: str, share: float):
        return self.env["credit.collection.remittance"].create(
            {
                "agency_id": file.agency_id.id,
                "company_id": file.company_id.id,
                "currency_id": file.currency_id.id,
                "date": day,
                "reference": reference,
                "line_ids": [
                    Command.create(
                        {
                            "file_id": file.id,
                            "collected": file.currency_id.round(
                                file.open_amount * share
                            ),
                        }
                    )
                ],
            }
        )

    def _come_back(self, company, agency, as_of: date) -> None:
        """The lawyer got one in part, the agency nothing of two."""
        lawyer = agency.search(
            [("company_id", "=", company.id), ("kind", "=", "lawyer")], limit=1
        )
        profiles = self._find_hopeless(company, as_of)
        profiles = profiles.filtered(
            lambda p: not p.collection_file_ids and self._get_own_items(p)
        )
        cases = zip(profiles, (lawyer, agency, agency), strict=False)
        file = self.env["credit.collection.file"]
        for number, (profile, collector) in enumerate(cases, WITH_AGENCY):
            sent_on = as_of - timedelta(days=60 + number)
            file = self._make_file(profile, collector, sent_on)
            if collector == lawyer and company.credit_costs_account_id:
                paid = self._remit(file, as_of - timedelta(8), "2291", share=0.4)
                paid.action_post()
                file._close("partly", as_of - timedelta(5), "Betaalt niet verder")
            else:
                file._close(
                    "irrecoverable", as_of - timedelta(4), "Failliet, geen actief"
                )
        self._provide(file, as_of)

    def _make_file(self, profile, agency, sent_on: date):
        files = self.env["credit.collection.file"].with_context(tracking_disable=True)
        items = self._get_own_items(profile)
        file = files._make(profile, items, sent_on, agency=agency)
        self._send_to_agency(file, sent_on)
        return file

    def _get_own_items(self, profile):
        currency = profile.company_id.currency_id
        items = profile._get_collectable_items()
        return items.filtered(lambda item: item.currency_id == currency)

    def _provide(self, file, as_of: date) -> None:
        company = file.company_id
        accounts = {
            "credit_loss_account_id": LOSSES,
            "credit_write_down_account_id": WRITE_DOWNS,
            "credit_allowance_account_id": ALLOWANCE,
            "credit_lost_vat_account_id": VAT,
        }
        company.write(
            {
                field: self._find_by_code(company, code).id
                for field, code in accounts.items()
            }
        )
        complete = (
            company.credit_write_down_account_id and company.credit_allowance_account_id
        )
        if file.aftermath == "todo" and complete:
            self.env["credit.collection.write.off"].create(
                {"file_id": file.id, "kind": "provide", "date": as_of}
            ).action_write_off()

    def _find_by_code(self, company, code: str):
        return (
            self.env["account.account"]
            .with_company(company)
            .search(
                [("code", "=like", f"{code}%"), ("company_ids", "in", company.ids)],
                limit=1,
            )
        )
