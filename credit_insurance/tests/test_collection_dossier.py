import io
import json
import zipfile
from datetime import timedelta

import openpyxl

from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestDossier(CollectionCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self._remind()
        terms = self.env["credit.terms"].create(
            {
                "name": "2024",
                "company_id": self.company.id,
                "document": "VGVybXM=",
                "document_name": "terms.txt",
            }
        )
        self.profile.write(
            {
                "terms_id": terms.id,
                "terms_state": "accepted",
                "terms_date": TODAY,
                "terms_proof": "T0s=",
                "terms_proof_name": "mail: accepted.txt",
            }
        )

    def _open(self, file):
        return zipfile.ZipFile(io.BytesIO(file.dossier_id.raw))

    def test_everything_is_in_it(self):
        file = self._sent()
        names = self._open(file).namelist()
        folders = {name.split("/")[0][3:] for name in names if "/" in name}
        self.assertEqual(folders, {"Invoices", "General terms", "Reminders sent"})
        data = {"data.json", "data.schema.json", "claims.xlsx", "index.csv"}
        self.assertTrue(data < set(names))
        self.assertTrue(any(name.endswith("mail- accepted.txt") for name in names))
        reminders = [name for name in names if "Reminders sent/" in name]
        self.assertEqual(len([n for n in reminders if n.endswith(".pdf")]), 3)
        self.assertEqual(len([n for n in reminders if n.endswith(".html")]), 3)
        statement = self._open(file).read("Overview.pdf").decode()
        for words in (file.name, "0419052173", "Last notice", "azure@debtor.example"):
            self.assertIn(words, statement)
        self.assertIn("1,062.05", statement)

    def test_the_data(self):
        file = self._sent()
        archive = self._open(file)
        data = json.loads(archive.read("data.json"))
        self.assertEqual(data["schema"], "credit-collection-dossier/1")
        self.assertEqual(data["debtor"]["registration"], "0419052173")
        [claim] = data["claims"]
        self.assertEqual(
            (claim["invoice"], claim["open"], claim["costs"]),
            (self.invoice.name, "1000.00", "40.00"),
        )
        self.assertEqual(data["totals"]["claimed"], f"{file.claimed_amount:.2f}")
        self.assertEqual(len(data["reminders"]), 3)
        self.assertIn("azure@debtor.example", data["reminders"][0]["proof"])
        self.assertEqual(
            data["terms"],
            {"version": "2024", "state": "accepted", "date": TODAY.isoformat()},
        )
        sheet = openpyxl.load_workbook(io.BytesIO(archive.read("claims.xlsx"))).active
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        self.assertEqual(rows[1][9], self.invoice.name)
        self.assertEqual(rows[1][16], file.claimed_amount)

    def test_csv_where_the_agency_wants_it(self):
        self.agency.data_format = "csv"
        archive = self._open(self._sent())
        text = archive.read("claims.csv").decode("utf-8-sig")
        self.assertIn(self.invoice.name, text)

    def test_attached_where_the_agency_wants_it(self):
        self.agency.delivery = "mail"
        file = self._sent()
        self.assertEqual(
            file.message_id.attachment_ids, file.dossier_id | file.dossier_pdf_id
        )
        self.assertFalse(file.sudo().link_token)

    def test_the_link_opens_until_its_day(self):
        file = self._sent()
        link = file._get_link()
        self.assertIn(link, file.message_id.body)
        self.assertEqual(file.link_until, TODAY + timedelta(30))
        path = link.removeprefix(file.get_base_url())
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.content, file.dossier_id.raw)
        with freeze_time(TODAY + timedelta(31)):
            self.assertEqual(self.url_open(path).status_code, 404)

    def test_a_wrong_link_opens_nothing(self):
        file = self._sent()
        for path in ("/credit/dossier/guess.zip", "/credit/dossier/False.zip"):
            self.assertEqual(self.url_open(path).status_code, 404)
        old = file._get_link().removeprefix(file.get_base_url())
        file.with_user(self.officer).action_end_link()
        self.assertIn("link to the dossier was ended", file.message_ids[0].body)
        self.assertEqual(self.url_open(old).status_code, 404)
        self.assertEqual(self.url_open(old.replace(".zip", ".exe")).status_code, 404)

    def test_several_dossiers_in_one_for_viewers_only(self):
        file = self._sent()
        url = f"/credit/collection/dossiers.zip?ids={file.id},0"
        self.authenticate("viewer", "viewer" + "x" * (8 - len("viewer")))
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        self.assertEqual(names, [file.dossier_id.name])
        self.authenticate(None, None)
        self.assertNotEqual(self.url_open(url, allow_redirects=False).status_code, 200)

    def test_a_pre_collection_letter_names_who_sends_it(self):
        self.policy.company_id = self.company
        self.level_4.write(
            {
                "channel": "letter",
                "pre_collection": "agency",
                "pre_collection_agency_id": self.agency.id,
            }
        )
        notice = self.env["credit.notice"].search(
            [("level_id", "=", self.level_4.id), ("state", "=", "sent")], limit=1
        )
        report = self.env["ir.actions.report"]
        [content, _kind] = report._render_qweb_html(
            "credit_control.report_notice", notice.ids
        )
        self.assertIn("Incasso NV", content.decode())
        self.assertIn(f"On behalf of {self.company.name}", content.decode())
        self.level_4.write(
            {"pre_collection": "own", "letterhead": "Collections, floor 2"}
        )
        [content, _kind] = report._render_qweb_html(
            "credit_control.report_notice", notice.ids
        )
        self.assertNotIn("Incasso NV", content.decode())
        self.assertIn("Collections, floor 2", content.decode())

    def test_a_signed_plan_is_in_it(self):
        profile = self.profile
        plan = profile.sudo()._propose_plan(
            self._items(self.invoice),
            "equal",
            2,
            "monthly",
            TODAY + timedelta(5),
            TODAY,
        )
        plan._activate(TODAY)
        plan.attachment_id = self.env["ir.attachment"].create(
            {"name": "signed.txt", "raw": b"signed"}
        )
        plan._breach(plan._get_standings()[plan][0], TODAY)
        names = self._open(self._sent()).namelist()
        self.assertTrue(any("signed.txt" in name for name in names))
