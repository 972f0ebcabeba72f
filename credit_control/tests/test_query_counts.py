from contextlib import contextmanager

from odoo.tests import tagged

from .common import TODAY, CreditControlCommon

FEW, MANY = 3, 12


@tagged("post_install", "-at_install")
class TestQueryCounts(CreditControlCommon):
    """What is done for many debtors asks the database as often as for a few."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.crowd = cls.env["res.partner"].browse()
        cls.invoices = cls.env["account.move"].browse()

    def _grow(self, count):
        """``count`` debtors more, each with an invoice that is due and one that isn't."""
        for number in range(count):
            partner = self._create_debtor(f"Debtor {len(self.crowd)} {number}")
            self.crowd |= partner
            self.invoices |= self._create_overdue_invoice(10, partner=partner)
            self._create_overdue_invoice(-40, partner=partner)

    @contextmanager
    def _counting(self):
        self.env.flush_all()
        self.env.invalidate_all()
        counted = [self.cr.sql_log_count]
        yield counted
        self.env.flush_all()
        counted[0] = self.cr.sql_log_count - counted[0]

    def _count(self, method, *args):
        with self._counting() as counted:
            method(*args)
        return counted[0]

    def _assert_same(self, act, prepare=None):
        """``act`` takes as many queries for many debtors as for a few."""
        counts = []
        for more in (FEW, MANY - FEW):
            self._grow(more)
            given = prepare() if prepare else ()
            self._count(act, *given)  # fills what is cached for all
            given = prepare() if prepare else ()
            if not given:
                self._count(act)  # what preparing may have emptied
            counts.append(self._count(act, *given))
        self.assertEqual(*counts)
        return counts[0]

    def _as(self, user, records):
        return records.with_user(user).with_context(tz="UTC", lang="en_US")

    def _search_read(self, user, model, domain, view):
        """What the client asks for a list: the fields of its view."""
        records = self._as(user, self.env[model])
        names = records.get_view(self.env.ref(view).id, "list")["models"][model]
        return records.web_search_read(domain, {name: {} for name in names}, limit=80)

    def _take_back(self):
        """Nothing is proposed any more."""
        runs = self.env["credit.run"].search(
            [("company_id", "=", self.company.id), ("state", "=", "proposed")]
        )
        runs.action_cancel()
        return ()

    def _propose_again(self):
        self._take_back()
        return (self._propose(),)

    def test_proposing(self):
        self._assert_same(self._propose, self._take_back)

    def test_the_list_of_a_proposal(self):
        def read(run):
            found = self._search_read(
                self.officer,
                "credit.notice",
                [("run_id", "=", run.id)],
                "credit_control.view_notice_list",
            )
            self.assertEqual(found["length"], len(self.crowd))

        self._assert_same(read, self._propose_again)

    def test_the_items_of_a_proposal(self):
        def read(run):
            found = self._search_read(
                self.officer,
                "credit.notice.line",
                [("run_id", "=", run.id)],
                "credit_control.view_notice_line_list",
            )
            self.assertEqual(found["length"], len(self.crowd))

        self._assert_same(read, self._propose_again)

    def test_the_list_of_debtors(self):
        def read():
            found = self._search_read(
                self.officer,
                "credit.profile",
                [("partner_id", "in", self.crowd.ids)],
                "credit_control.view_profile_list",
            )
            self.assertEqual(found["length"], len(self.crowd))

        self._assert_same(read)

    def test_the_worklist(self):
        def read():
            found = self._search_read(
                self.officer,
                "credit.worklist",
                [("partner_id", "in", self.crowd.ids)],
                "credit_control.view_worklist_list",
            )
            self.assertEqual(found["length"], len(self.crowd))

        rule = self.env.ref("credit_control.worklist_overdue_amount")
        rule.write({"threshold": 0, "full_mark": 0})
        self._assert_same(read)

    def test_the_page_for_the_phone(self):
        """However much has happened with the debtor."""

        def read():
            profile = self._as(self.officer, self._profile())
            view = self.env.ref("credit_control.view_profile_phone_form")
            names = profile.get_view(view.id, "form")["models"]["credit.profile"]
            profile.web_read(dict.fromkeys(names, {}))

        def happen():
            for _number in range(FEW):
                self._create_overdue_invoice(10)
                self._pay_on_account(1)
                self._profile()._log_call(TODAY, outcome="reached", cause="cash")
            return ()

        self._assert_same(read, happen)

    def test_the_list_of_partners(self):
        def read():
            found = self._search_read(
                self.officer,
                "res.partner",
                [("id", "in", self.crowd.ids)],
                "base.view_partner_tree",
            )
            self.assertEqual(found["length"], len(self.crowd))

        self._assert_same(read)

    def test_why_for_one_item(self):
        def why():
            item = self._items(self.invoices[0])
            self.assertTrue(self._as(self.officer, item).credit_why)

        self._assert_same(why)

    def test_why_for_all_items_of_a_list(self):
        """Whatever the reason: waiting, proposed, held back or blocked."""

        def read():
            found = self._search_read(
                self.officer,
                "account.move.line",
                [("id", "in", self._items(self.invoices).ids)],
                "credit_control.view_move_line_open_list",
            )
            self.assertEqual(found["length"], len(self.crowd))

        def propose():
            self._propose_again()
            return ()

        def pay():
            self._take_back()
            for partner in self.crowd - self.paid:
                self._pay_on_account(100, partner)
            self.paid = self.crowd
            return ()

        def block():
            self._take_back()
            self._profile(self.crowd).write(
                {"block_until": TODAY, "block_reason": "Holidays"}
            )
            return ()

        def promise():
            self._take_back()
            return self._promise_all()

        def dispute():
            self._take_back()
            return self._dispute_all()

        def tolerate():
            self._take_back()
            self.policy.tolerance = 1000
            return ()

        for prepare in (tuple, propose, pay, block, promise, dispute, tolerate):
            self.crowd = self.paid = self.crowd.browse()
            self.invoices = self.invoices.browse()
            with self.subTest(prepare.__name__):
                self._assert_same(read, prepare)

    def _get_new_items(self, model):
        known = self.env[model].search(
            [("item_id", "in", self._items(self.invoices).ids)]
        )
        return self._items(self.invoices) - known.item_id

    def _promise_all(self):
        for item in self._get_new_items("credit.promise.line"):
            self._profile(item.partner_id)._make_promise({item: 100.0}, TODAY, TODAY)
        return ()

    def _dispute_all(self):
        category = self.env.ref("credit_control.dispute_category_price")
        for item in self._get_new_items("credit.dispute.line"):
            profile = self._profile(item.partner_id)
            profile._open_dispute({item: 40.0}, category, "Too dear", TODAY)
        return ()

    def test_the_list_of_promises(self):
        def read():
            found = self._search_read(
                self.officer,
                "credit.promise",
                [("profile_id.partner_id", "in", self.crowd.ids)],
                "credit_control.view_promise_list",
            )
            self.assertEqual(found["length"], len(self.crowd))

        self._assert_same(read, self._promise_all)

    def test_the_list_of_disputes(self):
        def read():
            found = self._search_read(
                self.officer,
                "credit.dispute",
                [("profile_id.partner_id", "in", self.crowd.ids)],
                "credit_control.view_dispute_list",
            )
            self.assertEqual(found["length"], len(self.crowd))

        self._assert_same(read, self._dispute_all)

    def test_what_became_of_promises(self):
        def judge():
            promises = self.env["credit.promise"].search(
                [("profile_id.partner_id", "in", self.crowd.ids)]
            )
            self.assertEqual(len(promises._get_verdicts(TODAY)), len(self.crowd))

        self._assert_same(judge, self._promise_all)

    def test_which_disputes_can_be_closed(self):
        def find():
            disputes = self.env["credit.dispute"].search(
                [("profile_id.partner_id", "in", self.crowd.ids)]
            )
            self.assertFalse(disputes._find_closing())

        self._assert_same(find, self._dispute_all)

    def test_sending(self):
        """Each notice more costs the same, whatever was sent before."""
        for channel, most in (("email", 48), ("letter", 36), ("call", 24)):
            self.level_2.channel = channel
            counts = []
            for count in (1, FEW, 2 * FEW, MANY):
                self._grow(count)
                run = self._propose()
                counts.append(self._count(run._send, TODAY))
                self.assertEqual(set(run.notice_ids.mapped("state")), {"sent"})
            _warm, few, twice, many = counts
            with self.subTest(channel):
                slope = (twice - few) / FEW
                self.assertEqual((many - few) / (MANY - FEW), slope)
                self.assertLessEqual(slope, most)
