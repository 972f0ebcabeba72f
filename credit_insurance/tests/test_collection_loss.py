from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.credit_control.tests.common import TODAY

from .collection_common import CollectionCommon
from .common import CountingCommon
from .test_migration import migrate


@tagged("post_install", "-at_install")
class TestLoss(CountingCommon, CollectionCommon):
    """A file over 100 and VAT came back unpaid: provision, write-off, VAT."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loss = cls.company_data["default_account_expense"]
        cls.allowance = cls.company_data["default_account_assets"].copy()
        cls.back = cls.company_data["default_account_tax_sale"].copy()
        cls.netherlands = cls.env.ref("base.nl")

    def setUp(self):
        super().setUp()
        self.invoice = self._create_taxed(70)
        self.file = self._come_back(self.invoice)
        self.vat = self.invoice.amount_tax
        self.assertGreater(self.vat, 0)

    def _create_taxed(self, days, price=100, **values):
        tax = self.company_data["default_tax_sale"]
        line = {"name": "Goods", "price_unit": price, "tax_ids": tax.ids}
        return self._create_overdue_invoice(
            days, invoice_line_ids=[Command.create(line)], **values
        )

    def _come_back(self, invoices):
        file = self._prepare(invoices)
        file._move("ready", TODAY)
        file._move("sent", TODAY, sent_date=TODAY)
        file._close("irrecoverable", TODAY, "Nothing to seize")
        self.env.invalidate_all()
        return file

    def _ask(self, action, user=None, file=None, **values):
        """The form of a button, filled in; returns the wizard."""
        file = (file or self.file).with_user(user or self.officer)
        asked = getattr(file, f"action_{action}")()
        model = self.env[asked["res_model"]].with_user(user or self.officer)
        form = Form(model.with_context(**asked["context"]))
        form.date = TODAY
        form.journal_id = self.company_data["default_journal_misc"]
        form.loss_account_id = self.loss
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def _book(self, *args, **values):
        action = self._ask(*args, **values).action_write_off()
        self.env.invalidate_all()
        return self.env["account.move"].browse(action["res_id"])

    def _balances(self, entry):
        found = {}
        for line in entry.line_ids:
            found[line.account_id] = found.get(line.account_id, 0) + line.balance
        return found

    def test_before_the_law_gives_it_back_the_vat_is_lost_first(self):
        """Belgium: not before a proof; then the VAT alone."""
        entry = self._book("write_off")
        total = 100 + self.vat
        self.assertEqual(self._balances(entry)[self.loss], total)
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertRecordValues(self.file, [{"aftermath": "vat", "lost_vat": self.vat}])
        with self.assertRaisesRegex(UserError, "No VAT can be reclaimed"):
            self._book("reclaim_vat")
        entry = self._book(
            "reclaim_vat",
            proof="bankruptcy",
            proof_date=TODAY,
            vat_account_id=self.back,
        )
        self.assertEqual(
            self._balances(entry), {self.back: self.vat, self.loss: -self.vat}
        )
        self.assertRecordValues(self.file, [{"aftermath": "done", "lost_vat": 0}])

    def _reverse(self, entry):
        """Odoo's own button *Reverse Entry*; returns the reversal."""
        action = entry.action_reverse()
        wizard = self.env[action["res_model"]].with_context(
            active_model="account.move", active_ids=entry.ids
        )
        found = wizard.create({"journal_id": entry.journal_id.id}).reverse_moves()
        self.env.invalidate_all()
        return self.env["account.move"].browse(found["res_id"])

    def test_a_loss_that_is_reversed_is_none_and_reversed_again_it_is(self):
        entry = self._book("write_off")
        back = self._reverse(entry)
        self.assertEqual(self.invoice.amount_residual, 100 + self.vat)
        self.assertRecordValues(self.file, [{"aftermath": "todo", "lost_vat": 0}])
        self.assertIn("Came back unpaid", self.file.activity_ids.summary)
        again = self._reverse(back)
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertRecordValues(self.file, [{"aftermath": "vat", "lost_vat": self.vat}])
        again.button_draft()
        self.env.invalidate_all()
        self.assertRecordValues(self.file, [{"aftermath": "todo", "lost_vat": 0}])
        self.assertEqual(self._book("write_off").state, "posted")
        self.assertRecordValues(self.file, [{"aftermath": "vat", "lost_vat": self.vat}])

    def test_vat_whose_reclaim_is_reversed_waits_again(self):
        values = {"proof": "bankruptcy", "proof_date": TODAY}
        self._book("write_off")
        entry = self._book("reclaim_vat", **values, vat_account_id=self.back)
        back = self._reverse(entry)
        self.assertRecordValues(self.file, [{"aftermath": "vat", "lost_vat": self.vat}])
        self._reverse(back)
        self.assertRecordValues(self.file, [{"aftermath": "done", "lost_vat": 0}])

    def test_a_loss_in_draft_is_none(self):
        entry = self._book(
            "write_off", proof="definitive", proof_date=TODAY, vat_account_id=self.back
        )
        entry.button_draft()
        self.env.invalidate_all()
        self.assertEqual(self.file.aftermath, "todo")
        entry.action_post()
        self.env.invalidate_all()
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertEqual(self.file.aftermath, "done")

    def test_many_losses_are_reversed_as_one(self):
        """What stands of them is asked once, however many there are."""

        def prepare(number):
            rows = self.env["credit.collection.line"]
            for _time in range(number):
                file = self._come_back(self._create_taxed(71))
                self._book("write_off", file=file)
                rows |= file.line_ids
            return rows.sudo()._compute_lost_vat

        self._assert_same(prepare)

    def _migrate(self, line):
        """As if the loss had been booked before its entry was kept."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE credit_collection_line SET written_vat = NULL, "
            "loss_item_id = NULL, loss_entry_id = NULL WHERE id = %s",
            [line.id],
        )
        self.env.invalidate_all()
        path = "credit_insurance/migrations/19.0.1.5.0/post-losses.py"
        migrate(self.env.cr, path, "19.0.1.4.0")
        self.env.invalidate_all()

    def test_what_was_written_off_before_knows_its_entry(self):
        """The migration finds the entry; the reversal of it counts then."""
        proven = {"proof": "definitive", "proof_date": TODAY}
        for vat, values in ((self.vat, {}), (0, proven)):
            with self.subTest(vat=vat):
                if values:
                    values = {**values, "vat_account_id": self.back}
                entry = self._book("write_off", **values)
                line = self.file.line_ids
                self._migrate(line)
                self.assertRecordValues(
                    line, [{"loss_entry_id": entry.id, "written_vat": vat}]
                )
                self._reverse(entry)
                self.assertRecordValues(
                    self.file, [{"aftermath": "todo", "lost_vat": 0}]
                )

    def test_with_a_proof_both_in_one_entry(self):
        entry = self._book(
            "write_off",
            proof="definitive",
            proof_date=TODAY,
            vat_account_id=self.back,
        )
        balances = self._balances(entry)
        self.assertEqual((balances[self.loss], balances[self.back]), (100, self.vat))
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertRecordValues(self.file, [{"aftermath": "done", "lost_vat": 0}])
        self.assertFalse(self.file.activity_ids)

    def test_a_judgment_that_is_still_to_come(self):
        with self.assertRaisesRegex(UserError, "can't be after the entry"):
            self._book("write_off", proof="bankruptcy", proof_date=TODAY + timedelta(1))
        self.assertEqual(self.invoice.amount_residual, 100 + self.vat)

    def test_an_insolvency_that_is_known_is_proposed(self):
        self.env["credit.signal"].create(
            {
                "profile_id": self.profile.id,
                "kind_id": self.env.ref("credit_control.signal_insolvency").id,
                "date": TODAY - timedelta(20),
            }
        )
        wizard = self.env["credit.collection.write.off"].new(
            {"file_id": self.file.id, "proof": "bankruptcy"}
        )
        wizard._onchange_proof()
        self.assertEqual(wizard.proof_date, TODAY - timedelta(20))

    def test_in_the_netherlands_a_year_after_the_due_date(self):
        """One invoice is older than a year, the other isn't: each has its own day."""
        self.company.country_id = self.netherlands
        old, new = self._create_taxed(400, 200), self._create_taxed(71, 300)
        file = self._come_back(old | new)
        wizard = self._ask("write_off", file=file, vat_account_id=self.back)
        self.assertEqual(
            (wizard.vat_amount, wizard.vat_later), (old.amount_tax, new.amount_tax)
        )
        self.assertIn("Not yet: from", wizard.items)
        wizard.action_write_off()
        self.env.invalidate_all()
        self.assertRecordValues(
            file, [{"aftermath": "vat", "lost_vat": new.amount_tax}]
        )
        due = new.invoice_date_due
        self.assertEqual(
            file.activity_ids.date_deadline, due.replace(year=due.year + 1)
        )

    def test_a_provision_is_without_vat_and_ends_with_the_loss(self):
        entry = self._book("provide", allowance_account_id=self.allowance, percent=75)
        self.assertEqual(self._balances(entry), {self.loss: 75, self.allowance: -75})
        self.assertRecordValues(
            self.file,
            [{"aftermath": "provided", "provision_move_id": entry.id}],
        )
        self.assertGreater(self.invoice.amount_residual, 0)
        with self.assertRaisesRegex(UserError, "provided for already"):
            self._book("provide", allowance_account_id=self.allowance)
        self._book("write_off")
        self.assertFalse(self.file.provision_move_id)
        items = self.env["account.move.line"].search(
            [("account_id", "=", self.allowance.id), ("parent_state", "=", "posted")]
        )
        self.assertEqual(sum(items.mapped("balance")), 0)

    def test_bad_percentages(self):
        for percent in (0, 101):
            with (
                self.subTest(percent),
                self.assertRaisesRegex(UserError, "at most 100"),
            ):
                self._book(
                    "provide", allowance_account_id=self.allowance, percent=percent
                )

    def test_another_currency(self):
        """The VAT at the rate at which it was owed, the loss at that of the day."""
        pound = self.setup_other_currency(
            "GBP", rates=[("2020-01-01", 0.5), (TODAY, 0.4)]
        )
        invoice = self._create_taxed(80, currency_id=pound.id)
        file = self._come_back(invoice)
        entry = self._book(
            "write_off",
            file=file,
            proof="definitive",
            proof_date=TODAY,
            vat_account_id=self.back,
        )
        self.assertEqual(invoice.amount_residual, 0)
        balances = self._balances(entry)
        self.assertEqual(balances[self.back], abs(invoice.amount_tax_signed))
        self.assertAlmostEqual(sum(balances.values()), 0)

    def test_costs_and_interest_are_waived_if_wanted(self):
        self.level_4.write({"fee": 100, "handoff": True})
        invoice = self._create_taxed(70, partner=self.other_debtor)
        self.other_debtor.write(
            {
                "street": "Street 1",
                "zip": "1000",
                "company_registry": "0402",
                "country_id": self.env.ref("base.be").id,
            }
        )
        self._remind(invoice)
        file = self._sent(invoice, self._profile(self.other_debtor))
        file._close("irrecoverable", TODAY, "Bankrupt")
        self.env.invalidate_all()
        charges = file._get_charges().filtered("open_amount")
        self.assertTrue(charges)
        self._book("write_off", file=file)
        self.assertEqual(sum(charges.mapped("open_amount")), 0)

    def test_accounts_are_remembered(self):
        self._book(
            "write_off",
            proof="definitive",
            proof_date=TODAY,
            vat_account_id=self.back,
        )
        file = self._come_back(self._create_taxed(75))
        wizard = self.env["credit.collection.write.off"].create({"file_id": file.id})
        self.assertRecordValues(
            wizard,
            [{"loss_account_id": self.loss.id, "vat_account_id": self.back.id}],
        )

    def test_only_what_came_back(self):
        self._pay(self.invoice)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Only what came back unpaid"):
            self._book("write_off")

    def test_rights(self):
        for user in (self.viewer, self.salesperson):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._ask("write_off", user)
        with self.assertRaises(AccessError):
            self.file.with_user(self.viewer).action_aftermath_done()
