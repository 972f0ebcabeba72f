import io
import json
import re
import zipfile
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import openpyxl

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import file_open, mute_logger

from odoo.addons.credit_control.tests.common import TODAY

from ..models.credit_collection_file_data import SCHEMA_FILE
from ..models.credit_dossier import Document, Section
from .collection_common import CollectionCommon

TYPES = {"string": str, "array": list, "object": dict, "boolean": bool}


def find_faults(value, schema, root, path="$"):
    """Where ``value`` breaks ``schema``: the part of JSON Schema that ours uses."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return find_faults(value, root["$defs"][name], root, path)
    faults = [f for part in schema.get("allOf", ()) for f in find_faults(value, part, root, path)]
    if "const" in schema and value != schema["const"]:
        faults.append(f"{path} is not {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        faults.append(f"{path} is none of {schema['enum']}")
    if "type" in schema and not isinstance(value, TYPES[schema["type"]]):
        return [*faults, f"{path} is no {schema['type']}"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        faults.append(f"{path}: {value!r} is not like {schema['pattern']}")
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        faults.append(f"{path} is empty")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            faults.append(f"{path} is too short")
        for number, item in enumerate(value):
            faults += find_faults(item, schema["items"], root, f"{path}[{number}]")
    if isinstance(value, dict):
        faults += [f"{path}.{k} is missing" for k in schema.get("required", ()) if k not in value]
        for name, part in schema.get("properties", {}).items():
            if name in value:
                faults += find_faults(value[name], part, root, f"{path}.{name}")
    return faults


@tagged("post_install", "-at_install")
class TestDossierData(CollectionCommon, HttpCase):
    """What is in the dossier, to the cent, and what it takes to keep it."""

    def _open(self, file):
        return zipfile.ZipFile(io.BytesIO(file.dossier_id.raw))

    def _make_busy_file(self):
        """A file with reminders, a call and a remark."""
        self._remind()
        profile = self.profile.sudo()
        self.env["credit.call"].sudo().create(
            {"profile_id": profile.id, "outcome": "reached", "agreement": "Pays"}
        )
        return self._sent(note="<p>Moved twice; ring the side door.</p>")

    def _get_schema(self):
        with file_open(SCHEMA_FILE) as schema:
            return json.load(schema)

    def test_the_data_follow_their_schema(self):
        file = self._make_busy_file()
        archive = self._open(file)
        schema = self._get_schema()
        self.assertEqual(json.loads(archive.read("data.schema.json")), schema)
        data = json.loads(archive.read("data.json"))
        self.assertEqual(find_faults(data, schema, schema), [])
        self.assertEqual(set(schema["properties"]), set(data))
        self.assertEqual(set(data["claims"][0]), set(schema["$defs"]["claim"]["properties"]))
        # The check can fail.
        broken = {**data, "totals": {"principal": 1}, "claims": []}
        self.assertEqual(len(find_faults(broken, schema, schema)), 5)
        documents = set(archive.namelist())
        self.assertLessEqual(set(data["documents"]), documents)

    def test_the_schema_and_the_docs_name_the_same_fields(self):
        try:
            with file_open("../docs/collection-dossier.md") as docs:
                text = docs.read()
        except (FileNotFoundError, ValueError):
            self.skipTest("the docs are not installed with the addon")
        for name in self._get_schema()["properties"]:
            self.assertIn(f"`{name}`", text)

    def test_the_statement_equals_the_claim_to_the_cent(self):
        """Statement, workbook, data, mail and file: the same figures to the day."""
        other = self._create_overdue_invoice(75, 1234.56)
        self._remind(self.invoice | other)
        file = self._sent(self.invoice | other)
        claims = {
            line: (line.interest, line.costs, line.claimed_amount)
            for line in file.line_ids
        }
        self.assertTrue(all(interest > 0 for interest, _c, _t in claims.values()))
        section = file.with_context(credit_as_of=TODAY)._section_claims()
        *rows, totals = section.rows
        for line, row in zip(file.line_ids, rows, strict=True):
            self.assertEqual(
                [self._read(cell) for cell in row[4:]],
                [Decimal(f"{a:.2f}") for a in (line.amount, *claims[line])],
            )
        for column in range(4, 8):
            self.assertEqual(
                self._read(totals[column]),
                sum(self._read(row[column]) for row in rows),
            )
        archive = self._open(file)
        data = json.loads(archive.read("data.json"))
        self.assertEqual(
            Decimal(data["totals"]["claimed"]), self._read(totals[7])
        )
        sheet = openpyxl.load_workbook(io.BytesIO(archive.read("claims.xlsx")))["Claims"]
        lines = [row for row in sheet.iter_rows(min_row=2, values_only=True)]
        for column, name in ((14, "interest"), (15, "costs"), (16, "claimed")):
            self.assertAlmostEqual(
                sum(row[column] for row in lines), float(data["totals"][name]), 2
            )
        self.assertIn(section.rows[-1][7], file.message_id.body)
        self.assertIn(
            section.rows[-1][7], archive.read("Overview.pdf").decode()
        )

    def _read(self, text) -> Decimal:
        return Decimal(re.sub(r"[^0-9.-]", "", text))

    # -- kept ------------------------------------------------------------------

    def test_it_is_kept_as_odoo_would_keep_it(self):
        self._remind()
        file = self._sent()
        for kept in (file.dossier_id, file.dossier_pdf_id):
            content = kept.raw
            self.assertEqual(len(content), kept.file_size)
            self.assertEqual(kept._compute_checksum(content), kept.checksum)
            self.assertFalse(kept.db_datas)
        self.assertEqual(file.dossier_pdf_id.mimetype, "application/pdf")
        self.assertTrue(file.dossier_id.store_fname)

    def test_a_database_that_keeps_files_itself(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "ir_attachment.location", "db"
        )
        self._remind()
        file = self._sent()
        self.assertFalse(file.dossier_id.store_fname)
        self.assertIn("data.json", self._open(file).namelist())
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            file.dossier_id._credit_add_to(archive, "a.zip")
        with zipfile.ZipFile(out) as archive:
            self.assertEqual(archive.read("a.zip"), file.dossier_id.raw)

    def test_documents_are_made_once(self):
        self._remind()
        file = self._prepare()
        notices = self.env.registry["credit.notice"]
        made = []
        before = notices._get_invoice_pdf

        def count(this, move):
            made.append(move)
            return before(this, move)

        with patch.object(notices, "_get_invoice_pdf", count):
            self._send(file)
        self.assertEqual(len(made), 1)

    def test_documents_of_one_name_are_both_there(self):
        scans = [Document("Scan.pdf", bytes), Document("scan.pdf", bytes)]
        section = Section("Scans", [], [], scans)
        files = self.env.registry["credit.collection.file"]
        with patch.object(files, "_get_dossier_sections", lambda f, day: [section]):
            found = list(self._prepare()._get_dossier_documents(TODAY))
        self.assertEqual(
            [document.name for _folder, document in found], ["Scan.pdf", "scan (2).pdf"]
        )

    # -- many ------------------------------------------------------------------

    def _many(self, count=4):
        files = self.env["credit.collection.file"]
        for number in range(count):
            partner = self._create_debtor(
                f"Debtor {number}",
                street="Street 1",
                zip="1000",
                company_registry=f"040{number}",
                country_id=self.env.ref("base.be").id,
            )
            invoice = self._create_overdue_invoice(70, 1000.0, partner=partner)
            self._remind(invoice)
            files |= self._prepare(invoice, self._profile(partner))
        return files

    def test_many_are_sent_in_the_background_one_bad_one_holds_up_none(self):
        files = self._many()
        action = files.with_user(self.manager).action_send()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), files)
        self.assertEqual(files[0].queue_progress, 0)
        bad, refused = files[1], files[2]
        made = self.env.registry["credit.collection.file"]._make_dossier

        def fail(this, as_of):
            if this == bad:
                raise ZeroDivisionError
            if this == refused:
                raise UserError("No")
            return made(this, as_of)

        told = []
        with (
            patch.object(self.env.registry["credit.collection.file"], "_make_dossier", fail),
            patch.object(
                self.env.registry["res.users"],
                "_bus_send",
                lambda user, kind, message, **kw: told.append((user, message)),
            ),
            patch.object(
                self.env.registry["ir.cron"],
                "_commit_progress",
                lambda cron, *a, **kw: 1,
            ),
            mute_logger("odoo.addons.credit_insurance.models.credit_collection_file_send"),
            self.mock_mail_gateway(),
        ):
            files._cron_send()
        self.env.invalidate_all()
        self.assertEqual(files.mapped("state"), ["sent", "ready", "ready", "sent"])
        self.assertIn("can't be made", bad.failure)
        self.assertEqual(refused.failure, "No")
        self.assertFalse(any(files.mapped("is_queued")))
        self.assertEqual(files[0].queue_progress, 100)
        [(user, message)] = told
        self.assertEqual(user, self.manager)
        self.assertEqual(
            message["message"], "2 of 4 files are sent. 2 could not be sent."
        )

    def test_what_was_cut_off_goes_on(self):
        files = self._many()
        files.with_user(self.manager).action_send()
        with (
            patch.object(
                self.env.registry["ir.cron"],
                "_commit_progress",
                lambda cron, done=0, **kw: 0 if done else 1,
            ),
            self.mock_mail_gateway(),
        ):
            files._cron_send()
            self.env.invalidate_all()
            self.assertEqual(len(files.filtered("is_queued")), 3)
            self.assertIn("1 of 4 files are sent", files[0].queue_words)
            for _more in range(3):
                files._cron_send()
        self.env.invalidate_all()
        self.assertEqual(set(files.mapped("state")), {"sent"})
        self.assertEqual(
            [len(f.message_ids.filtered("partner_ids")) for f in files], [1] * 4
        )

    def test_a_dossier_is_for_colleagues_who_may_see_it(self):
        self._remind()
        file = self._sent()
        url = f"/credit_insurance/dossier/{file._name}/{file.id}.zip"
        for user, status in ((self.viewer, 200), (self.salesperson, 403)):
            with self.subTest(user.login), mute_logger("odoo.http"):
                self.authenticate(user.login, user.login)
                answer = self.url_open(url, allow_redirects=False)
                self.assertEqual(answer.status_code, status)
        self.authenticate(None, None)
        answer = self.url_open(url, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)


@tagged("post_install", "-at_install")
class TestDossierTrade(CollectionCommon):
    """Orders and deliveries, where Odoo's Sales and Inventory are installed."""

    def setUp(self):
        super().setUp()
        if "sale_line_ids" not in self.env["account.move.line"]._fields:
            self.skipTest("without sales")
        if "picking_ids" not in self.env["sale.order"]._fields:
            self.skipTest("without deliveries")

    def _order(self, product, quantity=3):
        return (
            self.env["sale.order"]
            .sudo()
            .create(
                {
                    "partner_id": self.debtor.id,
                    "company_id": self.company.id,
                    "client_order_ref": "PO 4711",
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": quantity,
                                "price_unit": 100,
                                "tax_ids": False,
                            }
                        )
                    ],
                }
            )
        )

    def _deliver(self, order, quantity):
        [picking] = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        return picking

    def _come_back(self, picking):
        """One piece is returned."""
        wizard = (
            self.env["stock.return.picking"]
            .sudo()
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        returned = self.env["stock.picking"].sudo().browse(
            wizard.action_create_returns()["res_id"]
        )
        returned.move_ids.picked = True
        returned.button_validate()
        return returned

    def test_from_order_to_dossier(self):
        product = self.env["product.product"].sudo().create(
            {
                "name": "Goods",
                "is_storable": True,
                "invoice_policy": "delivery",
                "company_id": self.company.id,
            }
        )
        stock = (
            self.env["stock.warehouse"]
            .sudo()
            .search([("company_id", "=", self.company.id)], limit=1)
            .lot_stock_id
        )
        self.env["stock.quant"].sudo()._update_available_quantity(product, stock, 10)
        self.profile.no_limit = True
        order = self._order(product)
        order.with_context(credit_control_skip=True).action_confirm()
        self.assertEqual(order.state, "sale")
        order.write({"signed_by": "A. Zure", "signed_on": "2025-01-31 10:00:00"})
        order_scan = self.env["ir.attachment"].sudo().create(
            {
                "name": "their order.txt",
                "raw": b"We order",
                "res_model": "sale.order",
                "res_id": order.id,
            }
        )
        first = self._deliver(order, 2)
        first.signature = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
            "awAAAABJRU5ErkJggg=="
        )
        self.env["ir.attachment"].sudo().create(
            {
                "name": "CMR signed.txt",
                "raw": b"Received in good order",
                "res_model": "stock.picking",
                "res_id": first.id,
            }
        )
        returned = self._come_back(first)
        invoice = order.with_context(default_journal_id=False)._create_invoices()
        due = TODAY - timedelta(70)
        invoice.write(
            {
                "invoice_date": due - timedelta(30),
                "invoice_payment_term_id": False,
                "invoice_date_due": due,
            }
        )
        invoice.action_post()
        self._remind(invoice)
        file = self._sent(invoice)
        archive = zipfile.ZipFile(io.BytesIO(file.dossier_id.raw))
        names = {name[3:] for name in archive.namelist()}
        for name in (
            f"Orders/{order.display_name.replace('/', '-')}.pdf",
            f"Orders/{order.display_name.replace('/', '-')} {order_scan.name}",
            f"Deliveries/{first.name.replace('/', '-')}.pdf",
            f"Deliveries/{first.name.replace('/', '-')} CMR signed.txt",
            f"Deliveries/{returned.name.replace('/', '-')}.pdf",
        ):
            self.assertIn(name, names)
        data = json.loads(archive.read("data.json"))
        self.assertEqual(
            [(o["number"], o["reference"], o["signed_by"]) for o in data["orders"]],
            [(order.name, "PO 4711", "A. Zure")],
        )
        self.assertEqual(
            [(d["number"], d["returned"], d["signed"]) for d in data["deliveries"]],
            [(first.name, False, True), (returned.name, True, False)],
        )
        overview = archive.read("Overview.pdf").decode()
        for words in ("PO 4711", "A. Zure", first.name, "Came back"):
            self.assertIn(words, overview)
