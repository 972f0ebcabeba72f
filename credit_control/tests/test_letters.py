from io import BytesIO
from unittest.mock import patch

from werkzeug.exceptions import HTTPException

from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import html2plaintext
from odoo.tools.pdf import PdfFileReader

from .common import TODAY, CreditControlCommon


@freeze_time(TODAY)
class LettersCommon(CreditControlCommon):
    """A Belgian company with a bank account; letters go to Ghent."""

    LEVELS = ((2, "Reminder", 7, "email_letter"), (4, "Last notice", 30, "letter"))

    @classmethod
    def setUpClass(cls):
        super(CreditControlCommon, cls).setUpClass()
        cls.company = cls.company_data["company"]
        cls.company.write(
            {
                "name": "Mills & Sons",
                "street": "Dok Noord 7",
                "zip": "9000",
                "city": "Ghent",
                "phone": "+32 9 123 45 67",
                "email": "credit@seller.example",
            }
        )
        cls.bank = cls.env["res.partner.bank"].create(
            {
                "partner_id": cls.company.partner_id.id,
                "acc_number": "BE71 0961 2345 6769",
                "bank_id": cls.env["res.bank"]
                .create({"name": "Bank", "bic": "KREDBEBB"})
                .id,
            }
        )
        cls.policy = cls._create_policy(cls.LEVELS)
        cls.level_2, cls.level_4 = cls.policy.level_ids
        cls.debtor = cls._create_debtor("Azure", street="Kerkstraat 12")
        cls.other_debtor = cls._create_debtor("Brick", street="Markt 1")
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True

    def _render(self, notices) -> PdfFileReader:
        """The PDF that the browser gets."""
        reports = notices.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        # Without style sheets: no server listens to what a test has not committed.
        with self.allow_pdf_render():
            content, extension = reports._render_qweb_pdf(
                "credit_control.action_report_notice", notices.ids
            )
        self.assertEqual(extension, "pdf")
        return PdfFileReader(BytesIO(content))

    def _get_pages(self, notices) -> list[str]:
        reader = self._render(notices)
        return [" ".join(page.extract_text().split()) for page in reader.pages]

    def _get_notice(self, **values):
        return self._propose(**values).notice_ids

    def _assert_says(self, text, *words):
        for word in words:
            self.assertIn(word, text)


@tagged("post_install", "-at_install")
class TestLetter(LettersCommon, HttpCase):
    """The letter, as wkhtmltopdf prints it."""

    def test_all_letters_of_a_run_are_one_pdf(self):
        partners = [self._create_debtor(f"Debtor {n}") for n in (1, 2, 3)]
        for number, partner in enumerate(partners, 1):
            self._create_overdue_invoice(10, 1000 * number + 0.5, partner)
        run = self._propose()
        action = run.action_print_letters()
        notices = self.env["credit.notice"].browse(action["context"]["active_ids"])
        pages = self._get_pages(notices)
        self.assertEqual(len(pages), 3)
        for notice, page in zip(notices, pages, strict=True):
            self._assert_says(
                page, notice.partner_id.name, notice.line_ids.name, "Mills & Sons"
            )
            self.assertIn(f"{notice.amount_total:,.2f}", page)

    def test_a_letter_that_was_sent_is_printed_as_it_was(self):
        self._create_overdue_invoice(10)
        self._create_overdue_invoice(10, partner=self.other_debtor)
        run = self._propose()
        sent, waiting = run.notice_ids
        with self.allow_pdf_render():
            sent.with_context(force_report_rendering=True)._send(TODAY)
        self.assertEqual(sent.state, "sent")
        self.company.name = "Renamed"
        before, after = self._get_pages(sent | waiting)
        self._assert_says(before, sent.partner_id.name, "Mills & Sons")
        self._assert_says(after, waiting.partner_id.name, "Renamed")
        self.assertNotIn("Renamed", before)

    def test_a_viewer_may_print(self):
        viewer = self._create_user("viewer", "credit_control.group_viewer")
        self.policy.sender_id = self._create_user("s", "credit_control.group_officer")
        invoice = self._create_overdue_invoice(10)
        self._create_credit_note(10, 30)
        [page] = self._get_pages(self._get_notice().with_user(viewer))
        self._assert_says(page, invoice.name, "30.00", "BE71 0961 2345 6769")

    def test_what_a_company_reads(self):
        self.policy.sender_id = self._create_user(
            "lies", "credit_control.group_officer"
        )
        self.debtor.ref = "K-0042"
        invoice = self._create_overdue_invoice(
            10, 1234.5, payment_reference="+++090/9337/55493+++"
        )
        [page] = self._get_pages(self._get_notice())
        self._assert_says(
            page,
            "Azure Kerkstraat 12 Ghent",
            "Mills & Sons",
            "+32 9 123 45 67",
            "credit@seller.example",
            "Customer number K-0042",
            "06/16/2025",
            "Reminder",
            "Dear Sir or Madam,",
            "Words of level 2.",
            invoice.name,
            "06/06/2025",
            "1,234.50",
            "BE71 0961 2345 6769",
            "KREDBEBB",
            "Communication +++090/9337/55493+++",
            self.policy.sender_id.name,
        )
        self.assertNotIn("credit of", page)
        self.assertEqual(page.count("+++"), 2)

    def test_what_a_consumer_reads(self):
        consumer = self._create_debtor("Ann Peeters", is_company=False)
        invoice = self._create_overdue_invoice(10, 50, consumer, payment_reference="")
        [page] = self._get_pages(self._get_notice())
        self._assert_says(page, "Dear Ann Peeters,", f"Communication {invoice.name}")

    def test_several_invoices_have_a_column_for_their_references(self):
        self._create_overdue_invoice(10, payment_reference="+++090/9337/55493+++")
        self._create_overdue_invoice(11, payment_reference="+++000/0000/00101+++")
        [page] = self._get_pages(self._get_notice())
        self._assert_says(
            page,
            "Document Reference Due date",
            "+++090/9337/55493+++",
            "+++000/0000/00101+++",
            "the references in the table above",
        )

    def test_sixty_items_take_pages_with_a_header_each(self):
        invoices = [self._create_overdue_invoice(10, 100 + n) for n in range(60)]
        pages = self._get_pages(self._get_notice())
        self.assertEqual(len(pages), 3)
        for page in pages:
            self.assertIn("Document", page)
            self.assertIn("Open amount", page)
        text = " ".join(pages)
        self._assert_says(text, *(invoice.name for invoice in invoices))
        self.assertEqual(text.count("Total to pay"), 1)
        self.assertIn("7,770.00", pages[-1])

    def test_each_currency_has_its_letter(self):
        self._create_overdue_invoice(10, 100)
        self._create_overdue_invoice(10, 200, currency_id=self.euro.id)
        notices = self._get_notice()
        self.assertEqual(len(notices), 2)
        for notice, page in zip(notices, self._get_pages(notices), strict=True):
            symbols = {
                currency.symbol
                for currency in (self.euro | self.company.currency_id)
                if currency.symbol in page
            }
            self.assertEqual(symbols, {notice.currency_id.symbol})

    def test_dates_and_amounts_in_the_recipients_way(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        self.debtor.lang = "nl_BE"
        self._create_overdue_invoice(10, 1234.5)
        self._create_credit_note(10, 1000.25)
        [page] = self._get_pages(self._get_notice())
        self._assert_says(page, "1.234,50", "1.000,25", "06/06/2025", "16/06/2025")
        self.assertNotIn("1,234.50", page)

    def test_names_are_words_and_nothing_else(self):
        self.debtor.write({"name": "<script>a</script> & Co", "ref": "<b>K&1"})
        self._create_overdue_invoice(10, payment_reference="<i>R</i>")
        [page] = self._get_pages(self._get_notice())
        self._assert_says(page, "<script>a</script> & Co", "<b>K&1", "<i>R</i>")


@tagged("post_install", "-at_install")
class TestLetterWords(LettersCommon):
    """What letter and e-mail have to say, without printing it."""

    def test_credits_are_mentioned_unless_deducted(self):
        self._create_overdue_invoice(10, 100)
        self._create_credit_note(10, 30)
        self._pay_on_account(-15)
        for credits, expected in (("show", 30.0), ("hold", 30.0), ("net", 0.0)):
            with self.subTest(credits):
                self.policy.credits = credits
                notice = self._get_notice()
                self.assertEqual(notice._get_open_credit(), expected)
                self.assertEqual("30.00" in notice._get_credit_words(), bool(expected))
                notice.action_cancel()

    def test_credits_of_another_debtor_or_currency_are_not_his(self):
        self.policy.credits = "show"
        self._create_overdue_invoice(10, 100)
        self._create_credit_note(10, 30, partner=self.other_debtor)
        self._create_credit_note(10, 30, currency_id=self.euro.id)
        notice = self._get_notice()
        self.assertEqual(notice._get_credit_words(), "")

    def test_a_qr_code_for_euros(self):
        self._create_overdue_invoice(10, 100)
        invoice = self._create_overdue_invoice(10, 200.1, currency_id=self.euro.id)
        build = patch.object(
            type(self.bank), "build_qr_code_base64", return_value="data:image/png;"
        )
        with build as built:
            for notice in self._get_notice():
                self.assertEqual(
                    notice._get_qr_code(),
                    "data:image/png;" if notice.currency_id == self.euro else "",
                )
        built.assert_called_once_with(
            200.1,
            invoice.name,
            invoice.name,
            self.euro,
            self.debtor,
            silent_errors=True,
        )

    def test_no_qr_code_that_odoo_cant_make(self):
        self._create_overdue_invoice(10, 200, currency_id=self.euro.id)
        notice = self._get_notice()
        for failure in ({"return_value": None}, {"side_effect": HTTPException()}):
            with patch.object(type(self.bank), "build_qr_code_base64", **failure):
                self.assertEqual(notice._get_qr_code(), "")

    def test_no_bank_account_no_way_to_pay(self):
        self.bank.active = False
        self._create_overdue_invoice(10, 200, currency_id=self.euro.id)
        part = self._get_notice()._render_part("credit_control.notice_payment")
        self.assertNotIn("Account", part)

    def test_a_communication_fits_a_transfer(self):
        for number in range(20):
            self._create_overdue_invoice(10, 100 + number)
        communication = self._get_notice()._get_free_communication()
        self.assertLessEqual(len(communication), 140)
        self.assertTrue(communication.endswith(" ..."))

    def test_an_envelope_names_company_and_contact(self):
        contact = self._create_debtor(
            "Accounts", parent_id=self.debtor.id, type="invoice", is_company=False
        )
        self._create_overdue_invoice(10)
        notice = self._get_notice()
        self.assertEqual(notice.recipient_id, contact)
        self.assertEqual(notice._get_address_lines()[:2], ["Azure", "Accounts"])
        self.assertEqual(notice._get_salutation(), "Dear Sir or Madam,")


@tagged("post_install", "-at_install")
class TestEmail(LettersCommon):
    """The e-mail, as it leaves for the debtor."""

    def _send_mail(self):
        notice = self._propose().notice_ids
        notice.level_id.channel = "email"
        notice._send(TODAY)
        self.assertEqual((notice.state, notice.failure), ("sent", False))
        mail = self.env["mail.mail"].search(
            [("mail_message_id", "=", notice.message_id.id)]
        )
        self.assertEqual(len(mail), 1)
        return notice, mail

    def test_it_looks_like_the_companys(self):
        self._create_overdue_invoice(10)
        notice, mail = self._send_mail()
        self._assert_says(
            mail.body_html,
            "Mills &amp; Sons",
            "+32 9 123 45 67",
            "Words of level 2.",
            "BE71 0961 2345 6769",
        )
        for word in ("Odoo", "Your Debtor", "/mail/unfollow", "View Debtor"):
            self.assertNotIn(word, mail.body_html)
        self.assertEqual(notice.message_id.model, "credit.profile")
        self.assertEqual(notice.message_id.res_id, notice.profile_id.id)

    def test_who_it_comes_from(self):
        self._create_overdue_invoice(10)
        _notice, mail = self._send_mail()
        self.assertIn("credit@seller.example", mail.email_from)
        self.policy.sender_id = self._create_user(
            "lies", "credit_control.group_officer"
        )
        self._create_overdue_invoice(10, partner=self.other_debtor)
        _notice, mail = self._send_mail()
        self.assertEqual(mail.email_from, self.policy.sender_id.email_formatted)

    def test_documents_are_links_in_the_email_only(self):
        invoice = self._create_overdue_invoice(10)
        notice, mail = self._send_mail()
        self._assert_says(mail.body_html, f"/my/invoices/{invoice.id}?access_token=")
        self.assertNotIn("/my/invoices", notice.items_table)

    def test_invoices_go_along_where_the_level_says_so(self):
        first = self._create_overdue_invoice(10)
        second = self._create_overdue_invoice(11)
        self._create_credit_note(10, 30)
        self.policy.credits = "net"
        self.level_2.attach_invoices = True
        self.env["ir.attachment"].create(
            {
                "name": "Stored.pdf",
                "raw": b"stored",
                "res_model": "account.move",
                "res_id": first.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        first.invalidate_recordset()
        notice, mail = self._send_mail()
        attached = {a.name: a.raw for a in mail.attachment_ids}
        self.assertEqual(len(attached), 2)
        self.assertEqual(attached.pop("Stored.pdf"), b"stored")
        [(name, content)] = attached.items()
        self.assertIn(second.name.replace("/", "_"), name)
        self.assertIn(second.name.encode(), content)

    def test_nothing_goes_along_otherwise(self):
        self._create_overdue_invoice(10)
        _notice, mail = self._send_mail()
        self.assertFalse(mail.attachment_ids)

    def test_names_are_words_and_nothing_else(self):
        self.debtor.write({"name": "<script>a</script> & Co", "is_company": False})
        self._create_overdue_invoice(10, payment_reference="<i>R</i>")
        _notice, mail = self._send_mail()
        self._assert_says(
            mail.body_html,
            "Dear &lt;script&gt;a&lt;/script&gt; &amp; Co,",
            "&lt;i&gt;R&lt;/i&gt;",
        )
        self.assertNotIn("<script", mail.body_html)

    def test_amounts_in_the_recipients_way(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        self.debtor.lang = "nl_BE"
        self._create_overdue_invoice(10, 1234.5)
        _notice, mail = self._send_mail()
        self._assert_says(mail.body_html, "1.234,50", "06/06/2025", 'lang="nl-BE"')

    def test_credits_of_a_net_notice_are_lines_of_it(self):
        self.policy.credits = "net"
        self._create_overdue_invoice(10, 100)
        credit_note = self._create_credit_note(10, 30)
        notice, mail = self._send_mail()
        self.assertEqual(notice.amount_total, 70.0)
        text = mail.body_html.replace("\N{ZERO WIDTH NO-BREAK SPACE}", "")
        self._assert_says(text, credit_note.name, "-30.00", "70.00")


@tagged("post_install", "-at_install")
class TestGerman(LettersCommon):
    """A German debtor reads German, with the policies as they are shipped."""

    WORDS = (
        "Sehr geehrte Damen und Herren,",
        "Nach unseren Unterlagen ist das Zahlungsziel",
        "Beleg",
        "Fällig am",
        "Tage überfällig",
        "Ursprünglicher Betrag",
        "Offener Betrag",
        "Zu zahlender Gesamtbetrag",
        "Kontoinhaber",
        "Verwendungszweck",
        "Haben Sie inzwischen gezahlt?",
        "Mit freundlichen Grüßen",
        "1.234,50",
        "06.06.2025",
    )
    ENGLISH = ("Dear", "Document", "Due date", "amount", "Kind regards", "paid")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"].sudo()._activate_lang("de_DE")
        addon = cls.env.ref("base.module_credit_control").sudo()
        addon._update_translations(["de_DE"])
        cls.policy.active = False
        cls.debtor.lang = "de_DE"
        cls._create_overdue_invoice(10, 1234.5)

    def _assert_german(self, html):
        text = html2plaintext(html.replace("\N{ZERO WIDTH NO-BREAK SPACE}", ""))
        self._assert_says(text, *self.WORDS)
        for word in self.ENGLISH:
            self.assertNotIn(word, text)

    def test_the_email(self):
        notice = self._dun().notice_ids
        self.assertEqual(notice.level_id, self.env.ref("credit_control.level_reminder"))
        mail = self.env["mail.mail"].search(
            [("mail_message_id", "=", notice.message_id.id)]
        )
        self.assertEqual(
            mail.subject, "Zahlungserinnerung: Zahlung fällig – Mills & Sons"
        )
        self._assert_german(mail.body_html)

    def test_the_letter(self):
        notice = self._get_notice()
        content, _type = self.env["ir.actions.report"]._render_qweb_html(
            "credit_control.action_report_notice", notice.ids
        )
        self._assert_german(content.decode())
        self._assert_says(content.decode(), "Zahlungserinnerung: Zahlung fällig")


@tagged("post_install", "-at_install")
class TestTone(LettersCommon):
    """The policies that are shipped: softer to good payers, firmer to poor ones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.active = False
        cls._create_overdue_invoice(3)
        cls.profile = cls.env["credit.profile"]._get_or_create(cls.debtor, cls.company)

    def _get_first(self, tier):
        """Policy and level that a debtor of the tier follows next."""
        self.profile.tier_id = self.env.ref(f"credit_control.tier_{tier}")
        return (
            self.profile.effective_policy_id.name,
            self.profile.next_action,
            (self.profile.next_action_date - TODAY).days,
        )

    def test_who_follows_which(self):
        self.assertEqual(
            self._get_first("good"), ("Good payers", "Friendly reminder", 7)
        )
        self.assertIn("Good", self.profile.policy_reason)
        self.assertEqual(self._get_first("fair"), ("Standard", "Reminder", 4))
        self.assertEqual(self._get_first("poor"), ("Poor payers", "Reminder", 0))
        self.assertIn("Poor", self.profile.policy_reason)

    def test_how_far_they_go(self):
        good, poor, standard = (
            self.env.ref(f"credit_control.policy_{name}").level_ids
            for name in ("good", "poor", "standard")
        )
        self.assertFalse(any(good.mapped("handoff")), "a manager's decision")
        self.assertFalse(any(good.mapped("order_hold")))
        for levels in (poor, standard):
            self.assertEqual(levels.filtered("handoff"), levels[-1:])
            self.assertTrue(levels[-1].order_hold)
        last = [levels[-1].days for levels in (poor, standard, good)]
        self.assertEqual(last, sorted(last))
        self.assertIn("call", poor.mapped("channel"))

    def test_every_level_speaks_the_debtors_language(self):
        languages = ("de_DE", "fr_BE", "nl_BE")
        for lang in languages:
            self.env["res.lang"].sudo()._activate_lang(lang)
        addon = self.env.ref("base.module_credit_control").sudo()
        addon._update_translations(languages)
        for name in ("good", "poor", "standard"):
            for level in self.env.ref(f"credit_control.policy_{name}").level_ids:
                for lang in languages:
                    self._assert_translated(level, lang)

    def _assert_translated(self, level, lang):
        spoken = level.with_context(lang=lang)
        for field in ("name", "subject", "text", "activity_summary"):
            with self.subTest(level=level.display_name, lang=lang, field=field):
                if level[field]:
                    self.assertNotEqual(spoken[field], level[field])
