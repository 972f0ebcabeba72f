import re
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged

from ..models.credit_request import MAX_AN_HOUR
from .common import TODAY, CreditControlCommon


class PageCase(CreditControlCommon, HttpCase):
    """A debtor with one invoice, another with one too, and the page of the first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.invoice = cls._create_overdue_invoice(10, amount=123.45)
        cls.strange = cls._create_overdue_invoice(10, 77.0, partner=cls.other_debtor)
        cls.profile = cls._profile()
        cls.other = cls._profile(cls.other_debtor)
        cls.token = cls.profile._portal_ensure_token()
        cls.other._portal_ensure_token()
        cls.page = f"{cls.profile.access_url}?access_token={cls.token}"

    def _ask(self, kind, items=(), url=None, token=None, files=None, **values):
        """Press a button of the page."""
        form = self.url_open(self.page).text
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', form).group(1)
        data = [("item", item.id) for item in items]
        data += [("csrf_token", csrf), ("access_token", token or self.token)]
        return self.url_open(
            f"{url or self.profile.access_url}/{kind}",
            data=[*data, *values.items()],
            files=files,
        )

    @property
    def requests(self):
        return self.env["credit.request"].search([("profile_id", "=", self.profile.id)])


@tagged("post_install", "-at_install")
class TestPage(PageCase):
    """What he sees, and what nobody else does."""

    # -- who sees what ---------------------------------------------------------

    def test_link_shows_the_account(self):
        page = self.url_open(self.page)
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.invoice.name, page.text)
        self.assertIn("123.45", page.text)
        self.assertNotIn(self.strange.name, page.text)
        self.assertNotIn("77.00", page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")

    def test_nobody_without_the_key(self):
        for url in (
            self.profile.access_url,
            f"{self.profile.access_url}?access_token=",
            f"{self.profile.access_url}?access_token=False",
            f"{self.profile.access_url}?access_token={self.other.access_token}",
            f"{self.other.access_url}?access_token={self.token}",
            f"/my/credit/999999?access_token={self.token}",
        ):
            with self.subTest(url):
                self.assertEqual(self.url_open(url).status_code, 404)

    def test_portal_user_sees_his_own(self):
        self.authenticate("portal", "portal")
        self.assertIn(self.invoice.name, self.url_open("/my/credit").text)
        self.assertEqual(self.url_open(self.other.access_url).status_code, 404)
        self.assertIn("Your account", self.url_open("/my/home").text)

    def test_internal_users_by_their_rights(self):
        for login, status in (("viewer", 200), ("seller", 404)):
            with self.subTest(login):
                self.authenticate(login, login)
                page = self.url_open(self.profile.access_url)
                self.assertEqual(page.status_code, status)

    def test_company_without_pages(self):
        self.company.credit_portal = False
        self.assertEqual(self.url_open(self.page).status_code, 404)

    def test_new_link_ends_the_old_one(self):
        self.profile.with_user(self.officer).action_renew_page()
        self.assertEqual(self.url_open(self.page).status_code, 404)
        with self.assertRaises(AccessError):
            self.profile.with_user(self.viewer).action_renew_page()

    def test_posting_on_another_account(self):
        answer = self._ask("contact", url=self.other.access_url, contact="Me")
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.env["credit.request"].search([]))

    def test_unknown_button(self):
        self.assertEqual(self._ask("delete").status_code, 404)

    def test_language_of_the_debtor(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        self.debtor.lang = "nl_BE"
        self.assertIn("123,45", self.url_open(self.page).text)
        self.assertIn("123,45", self.url_open(self.page).text)
        self.opener.cookies.set("frontend_lang", "en_US")
        self.assertIn("123.45", self.url_open(self.page).text)

    def test_other_company_stays_away(self):
        """Each company has a file, a page and a key of its own."""
        company = self.setup_other_company()["company"]
        there = self._profile(company=company)
        there._portal_ensure_token()
        page = self.url_open(there.get_portal_url())
        self.assertNotIn(self.invoice.name, page.text)
        self.assertIn(company.name, page.text)

    def test_credits_and_currencies_stand_apart(self):
        self._create_credit_note(amount=20.0)
        dollars = self.setup_other_currency("CHF")
        self._create_overdue_invoice(amount=50.0, currency_id=dollars.id)
        items = self.profile.sudo()._get_page_items(TODAY)
        self.assertEqual(list(items), [self.company.currency_id, dollars])
        self.assertEqual(
            [page.is_claim for page in items[self.company.currency_id]], [True, False]
        )
        self.assertEqual(self.url_open(self.page).status_code, 200)

    # -- what he tells ---------------------------------------------------------

    def test_wrong_contact(self):
        page = self._ask("contact", contact="<b>Ann</b>, ann@debtor.example")
        self.assertIn("Thank you", page.text)
        self.assertRecordValues(
            self.requests,
            [
                {
                    "kind": "contact",
                    "state": "new",
                    "text": "<b>Ann</b>, ann@debtor.example",
                }
            ],
        )
        self.assertEqual(self.profile.activity_ids.summary, "Wrong contact")
        body = self.profile.message_ids[0].body
        self.assertIn("&lt;b&gt;Ann&lt;/b&gt;", body)

    def test_wrong_contact_says_nothing(self):
        page = self._ask("contact", contact="  ")
        self.assertIn("Please tell us whom", page.text)
        self.assertFalse(self.requests)

    def test_invoice_is_sent_again_once_a_day(self):
        page = self._ask("resend", self._items(self.invoice))
        self.assertIn("on their way", page.text)
        self.assertTrue(self.invoice.sending_data)
        self.assertRecordValues(self.requests, [{"kind": "resend", "state": "done"}])
        self.invoice.sending_data = False
        self._ask("resend", self._items(self.invoice))
        self.assertFalse(self.invoice.sending_data)

    def test_invoice_to_another_address(self):
        self._ask("resend", self._items(self.invoice), resend="To bob@debtor.example")
        self.assertEqual(self.requests.state, "new")
        self.assertTrue(self.profile.activity_ids)

    def test_invoice_of_somebody_else(self):
        page = self._ask("resend", self._items(self.strange))
        self.assertIn("Please choose the invoices", page.text)
        page = self._ask("resend", self._items(self.invoice | self.strange))
        self.assertIn("settled meanwhile", page.text)
        self.assertFalse(self.strange.sending_data)

    def test_too_often(self):
        for _ in range(MAX_AN_HOUR):
            self.profile.sudo()._ask("contact", text="Again")
        page = self._ask("contact", contact="And again")
        self.assertIn("Please try again later", page.text)
        self.assertIn("And again", page.text)
        with freeze_time(self.env.cr.now() + timedelta(hours=2)):
            self.profile.sudo()._ask("contact", text="Later")

    def test_settled(self):
        self._ask("contact", contact="Ann")
        with self.assertRaises(AccessError):
            self.requests.with_user(self.viewer).action_done()
        with self.assertRaises(AccessError):
            self.requests.with_user(self.officer).write({"state": "done"})
        self.requests.with_user(self.officer).action_done()
        self.assertEqual(self.requests.state, "done")
        self.assertFalse(self.profile.activity_ids)

    # -- notices ---------------------------------------------------------------

    def test_link_stands_in_the_mail(self):
        run = self._dun()
        notice = run.notice_ids.filtered(lambda n: n.profile_id == self.profile)
        self.assertIn(self.profile.access_token, notice.message_id.body)
        self.assertNotIn(self.other.access_token, notice.message_id.body)
        page = self.url_open(self.page)
        self.assertIn(notice.subject, page.text)

    def test_letter_of_his_own_only(self):
        self.level_2.channel = "letter"
        run = self._dun()
        mine = run.notice_ids.filtered(lambda n: n.profile_id == self.profile)
        strange = run.notice_ids - mine
        url = self.profile.access_url
        key = f"?access_token={self.token}"
        answer = self.url_open(f"{url}/notice/{mine.id}{key}")
        self.assertEqual(answer.content, mine.attachment_id.raw)
        answer = self.url_open(f"{url}/notice/{strange[:1].id}{key}")
        self.assertEqual(answer.status_code, 404)

    def test_no_page_no_link(self):
        self.company.credit_portal = False
        run = self._dun()
        self.assertNotIn("Your account online", run.notice_ids[:1].message_id.body)
        with self.assertRaises(UserError):
            self.profile.action_open_page()
