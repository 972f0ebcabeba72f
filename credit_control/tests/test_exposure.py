from datetime import timedelta
from random import Random
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.credit_control.models.credit_exposure import Secured, Source

from .common import TODAY, CreditControlCommon

FEW, MANY = 3, 12
SEED = 20_250_616


@tagged("post_install", "-at_install")
class TestExposure(CreditControlCommon):
    """What would be lost if a debtor paid nothing any more, and where it stands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.profile = cls._profile()
        cls.profile.write({"no_limit": False, "limit": 1000})

    def _exposure(self, partner=None, company=None, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        profile = self._profile(partner, company)
        rows = self.env["credit.exposure"].with_user(user or self.env.user)
        return rows.search([("profile_id", "=", profile.id)])

    def _draft(self, amount=100.0, **values):
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.debtor.id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Goods", "price_unit": amount, "tax_ids": []}
                    )
                ],
                **values,
            }
        )

    def _assert_same_on_profile(self, exposure):
        profile = exposure.profile_id
        self.assertRecordValues(
            profile,
            [
                {
                    "exposure": exposure.exposure,
                    "draft_amount": exposure.draft_amount,
                    "available": exposure.available,
                    "use_percent": exposure.use_percent,
                    "is_over_limit": exposure.is_over_limit,
                    "overdue_amount": exposure.overdue_amount,
                    "open_amount": exposure.claim_amount + exposure.credit_amount,
                }
            ],
        )

    def test_each_source_has_its_column(self):
        self._create_overdue_invoice(10, 300)
        self._create_overdue_invoice(-10, 200)
        self._create_credit_note(5, 30)
        self._pay_on_account(20)
        self._draft(400)
        self._draft(70, move_type="out_refund")
        exposure = self._exposure()
        self.assertRecordValues(
            exposure,
            [
                {
                    "claim_amount": 500,
                    "overdue_amount": 300,
                    "credit_amount": -50,
                    "draft_amount": 400,
                    "security_amount": 0,
                    "exposure": 850,
                    "limit": 1000,
                    "available": 150,
                    "use_percent": 0.85,
                    "is_over_limit": False,
                    "currency_id": self.company.currency_id.id,
                }
            ],
        )
        self._assert_same_on_profile(exposure)

    def test_what_was_paid_in_part(self):
        invoice = self._create_overdue_invoice(10, 300)
        self._pay(invoice, 100)
        self.assertRecordValues(
            self._exposure(),
            [{"claim_amount": 200, "overdue_amount": 200, "exposure": 200}],
        )

    def test_drafts_count_unless_the_company_says_no(self):
        self._draft(400)
        self.assertEqual(self._exposure().exposure, 400)
        self.company.credit_counts_drafts = False
        exposure = self._exposure()
        self.assertRecordValues(
            exposure, [{"draft_amount": 400, "exposure": 0, "counts_drafts": False}]
        )
        self._assert_same_on_profile(exposure)

    def test_contacts_owe_for_their_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Billing", "type": "invoice", "parent_id": self.debtor.id}
        )
        self._create_overdue_invoice(10, 100, contact)
        self._draft(50, partner_id=contact.id)
        self.assertEqual(self._exposure().exposure, 150)

    def test_no_limit_is_not_a_limit_of_nothing(self):
        self._create_overdue_invoice(10, 100)
        self.profile.limit = 0
        exposure = self._exposure()
        self.assertRecordValues(
            exposure, [{"has_limit": True, "available": -100, "is_over_limit": True}]
        )
        self._assert_same_on_profile(exposure)
        self.profile.no_limit = True
        exposure = self._exposure()
        self.assertRecordValues(
            exposure, [{"has_limit": False, "is_over_limit": False}]
        )
        self._assert_same_on_profile(exposure)

    def test_in_the_companys_currency(self):
        other = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self._create_overdue_invoice(10, 100, currency_id=other.id)
        self._draft(10, currency_id=other.id)
        self.assertRecordValues(
            self._exposure(),
            [{"claim_amount": 200, "draft_amount": 20, "exposure": 220}],
        )

    def test_whatever_company_is_looked_at(self):
        there = self.setup_other_company(name="Elsewhere")["company"]
        self._create_overdue_invoice(10, 100)
        self._create_overdue_invoice(10, 30, company=there)
        both = self.company | there
        for companies in (both, there | self.company):
            with self.subTest(first=companies[0].name):
                rows = self.env["credit.exposure"].with_context(
                    allowed_company_ids=companies.ids
                )
                rows.invalidate_model()
                found = rows.search([("partner_id", "=", self.debtor.id)])
                self.assertEqual(
                    {row.company_id: (row.exposure, row.currency_id) for row in found},
                    {
                        self.company: (100, self.company.currency_id),
                        there: (30, there.currency_id),
                    },
                )

    # -- it ties to the ledger -------------------------------------------------

    def test_parity_with_a_random_ledger(self):
        self._fill_at_random(Random(SEED), self.setup_other_currency("GBP"))
        self.env.flush_all()
        rows = self.env["credit.exposure"].search(
            [("company_id", "=", self.company.id)]
        )
        items = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("partner_id", "!=", False),
            ]
        )
        drafts = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "draft"),
                ("move_type", "=", "out_invoice"),
            ]
        )
        cents = self.company.currency_id
        for row in rows:
            own = items.filtered(
                lambda item, row=row: item.partner_id.commercial_partner_id
                == row.partner_id
            )
            draft = sum(
                drafts.filtered(
                    lambda move, row=row: move.commercial_partner_id == row.partner_id
                ).mapped("amount_total_signed")
            )
            late = own.filtered(
                lambda item: item.amount_residual > 0 and item.date_maturity < TODAY
            )
            with self.subTest(row.partner_id.name):
                # What was paid cancels out: the balance is what is open.
                self.assertFalse(
                    cents.compare_amounts(
                        row.exposure, sum(own.mapped("balance")) + draft
                    )
                )
                self.assertFalse(
                    cents.compare_amounts(
                        row.overdue_amount, sum(late.mapped("amount_residual"))
                    )
                )
                self._assert_same_on_profile(row)
        self.assertFalse(
            cents.compare_amounts(
                sum(rows.mapped("claim_amount")) + sum(rows.mapped("credit_amount")),
                sum(items.mapped("balance")),
            )
        )

    def _fill_at_random(self, random, currency):
        partners = [self.debtor, self.other_debtor, self._create_debtor("Cobalt")]
        for _number in range(25):
            amount = random.randint(1, 100_000) / 100
            partner, days = random.choice(partners), random.randint(-40, 90)
            chosen = random.choice([self.company.currency_id, currency])
            kind = random.choice(["invoice", "invoice", "credit", "draft", "money"])
            if kind == "draft":
                self._draft(amount, partner_id=partner.id, currency_id=chosen.id)
            elif kind == "money":
                self._pay_on_account(amount, partner)
            elif kind == "credit":
                self._create_credit_note(days, amount, partner=partner)
            else:
                invoice = self._create_overdue_invoice(
                    days, amount, partner, currency_id=chosen.id
                )
                if random.random() < 0.5:
                    self._pay(invoice, round(amount * random.random(), 2) or None)

    # -- seam ------------------------------------------------------------------

    def test_a_source_of_another_addon(self):
        """Two sources that name one column add up in it."""
        self._create_overdue_invoice(10, 100)

        def loan(amount):
            return Source(
                {"draft_amount": SQL("1")},
                SQL(
                    """SELECT partner_id AS partner, company_id AS company,
                              %s AS draft_amount
                         FROM credit_profile WHERE id = %s""",
                    amount,
                    self.profile.id,
                ),
            )

        exposures = self.env.registry["credit.exposure"]
        sources = exposures._get_sources

        def get_sources(model, scope):
            return {**sources(model, scope), "loan": loan(60), "lease": loan(15)}

        with patch.object(exposures, "_get_sources", get_sources):
            exposure = self._exposure()
            self.assertRecordValues(
                exposure, [{"draft_amount": 75, "exposure": 175, "available": 825}]
            )
            self._assert_same_on_profile(exposure)

    def test_securities_of_another_addon(self):
        """A security of 150 leaves nothing at risk, and 50 for more."""
        self._create_overdue_invoice(10, 100)

        def get_secured(model, scope):
            return Secured(
                SQL("CROSS JOIN (SELECT 150.0 AS amount) bond"),
                SQL("LEAST(bond.amount, GREATEST(e.gross, 0))"),
                SQL("GREATEST(bond.amount - GREATEST(e.gross, 0), 0)"),
            )

        exposures = self.env.registry["credit.exposure"]
        with patch.object(exposures, "_get_secured", get_secured):
            exposure = self._exposure()
            self.assertRecordValues(
                exposure,
                [
                    {
                        "gross": 100,
                        "security_amount": 100,
                        "exposure": 0,
                        "available": 1050,
                    }
                ],
            )
            self._assert_same_on_profile(exposure)

    # -- lists -----------------------------------------------------------------

    def test_searched_sorted_and_grouped(self):
        self._create_overdue_invoice(10, 1200)
        self._create_overdue_invoice(-10, 50, self.other_debtor)
        rows = self.env["credit.exposure"]
        here = Domain("company_id", "=", self.company.id)
        both = here & Domain("exposure", "!=", 0)
        self.assertEqual(
            rows.search(both, order="exposure desc").partner_id.mapped("name"),
            ["Azure", "Brick"],
        )
        for domain, expected in (
            (Domain("is_over_limit", "=", True), self.debtor),
            (Domain("use_percent", ">", 0.8), self.debtor),
            (Domain("overdue_amount", ">", 0), self.debtor),
            (Domain("has_limit", "=", False), self.other_debtor),
        ):
            with self.subTest(domain):
                self.assertEqual(rows.search(both & domain).partner_id, expected)
        groups = rows._read_group(both, ["tier_id"], ["exposure:sum", "__count"])
        self.assertEqual(groups, [(self.fair, 1250.0, 2)])

    def test_debtors_are_found_by_their_exposure(self):
        self._create_overdue_invoice(10, 1200)
        self._create_overdue_invoice(10, 50, self.other_debtor)
        self.env.flush_all()
        here = Domain("company_id", "=", self.company.id)
        found = {
            name: self.env["credit.profile"]
            .search(here & Domain(*condition))
            .partner_id
            for name, condition in {
                "exposure": ("exposure", ">", 100),
                "over": ("is_over_limit", "=", True),
                "available": ("available", "<", 0),
                "use": ("use_percent", ">=", 1.2),
            }.items()
        }
        self.assertEqual(found, dict.fromkeys(found, self.debtor))
        within = here & Domain("is_over_limit", "=", False)
        self.assertNotIn(self.profile, self.env["credit.profile"].search(within))

    def test_each_column_shows_its_records(self):
        late = self._create_overdue_invoice(10, 300)
        coming = self._create_overdue_invoice(-10, 200)
        credit = self._create_credit_note(5, 30)
        draft = self._draft(400)
        self._create_overdue_invoice(10, 999, self.other_debtor)
        for user in (self.viewer, self.officer, self.manager):
            exposure = self._exposure(user=user)

            def shown(action):
                found = self.env[action["res_model"]].search(action["domain"])
                return found if action["res_model"] == "account.move" else found.move_id

            with self.subTest(user.login):
                self.assertEqual(shown(exposure.action_view_claims()), late | coming)
                self.assertEqual(shown(exposure.action_view_overdue()), late)
                self.assertEqual(shown(exposure.action_view_credits()), credit)
                self.assertEqual(shown(exposure.action_view_drafts()), draft)
                self.assertEqual(
                    exposure.action_open_profile()["res_id"], self.profile.id
                )

    # -- roles -----------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.models")
    def test_who_sees_it(self):
        self._create_overdue_invoice(10, 100)
        for user in (self.viewer, self.officer, self.manager):
            with self.subTest(user.login):
                self.assertEqual(self._exposure(user=user).exposure, 100)
        for user in (self.salesperson, self.biller, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._exposure(user=user)
        row = self._exposure(user=self.manager)
        for refused in (lambda: row.write({"limit": 1}), row.unlink):
            with self.assertRaises(AccessError):
                refused()

    def test_rows_of_another_company_are_never_seen(self):
        there = self.setup_other_company(name="Elsewhere")["company"]
        self._create_overdue_invoice(10, 100)
        self._create_overdue_invoice(10, 30, company=there)
        for user in (self.viewer, self.officer, self.manager):
            with self.subTest(user.login):
                self.env.invalidate_all()
                rows = self.env["credit.exposure"].with_user(user)
                found = rows.search([("partner_id", "=", self.debtor.id)])
                self.assertEqual(found.company_id, self.company)
                total = rows._read_group([], [], ["exposure:sum"])
                self.assertEqual(total, [(100.0,)])
                hidden = rows.browse(self._profile(company=there).id)
                with self.assertRaises(AccessError):
                    hidden.read(["exposure"])

    # -- cost ------------------------------------------------------------------

    def test_the_same_number_of_queries(self):
        counts = []
        for more in (FEW, MANY):
            for number in range(more):
                partner = self._create_debtor(f"Debtor {more} {number}")
                self._create_overdue_invoice(10, 100 + number, partner)
            for act in (self._read_list, self._read_profiles):
                self.env.flush_all()
                self.env.invalidate_all()
                act()  # fills what is cached for all
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                act()
                counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[:2], counts[2:])

    def _read_list(self):
        rows = self.env["credit.exposure"].search(
            [("company_id", "=", self.company.id)], order="exposure desc"
        )
        return rows.mapped(
            lambda row: (row.exposure, row.available, row.overdue_amount)
        )

    def _read_profiles(self):
        profiles = self.env["credit.profile"].search(
            [("company_id", "=", self.company.id)]
        )
        return profiles.mapped(lambda p: (p.exposure, p.available, p.draft_amount))

    def test_overdue_begins_the_day_after(self):
        self._create_overdue_invoice(0, 100)
        exposures = self.env["credit.exposure"]
        rows = exposures._fetch_figures(self.profile, TODAY, ["overdue_amount"])
        self.assertEqual(float(rows[self.profile.id]["overdue_amount"]), 0)
        rows = exposures._fetch_figures(
            self.profile, TODAY + timedelta(1), ["overdue_amount"]
        )
        self.assertEqual(float(rows[self.profile.id]["overdue_amount"]), 100)
