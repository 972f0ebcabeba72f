"""Two users at the same moment: real transactions on the real database.

What these tests commit they take away again at the end.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

DUE = date(2025, 5, 1)
DAY = date(2025, 6, 1)
PATIENCE = 30


@tagged("post_install", "-at_install")
class TestRace(BaseCase):
    """Each test lets a second transaction begin before the first commits."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.created = []  # (model, id), in the order of creation
        self.addCleanup(self._clean_up)
        with self.registry.cursor() as cr:
            self._set_up_company(self._env(cr))

    def _env(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _create(self, env, model, **values):
        record = env[model].create(values)
        self.created.append((model, record.id))
        return record

    def _set_up_company(self, env):
        """As little of a company as an open item needs."""
        company = env.company
        self.company_id = company.id
        partner = self._create(
            env, "res.partner", name="Race", email="race@debtor.example", city="Ghent"
        )
        self.partner_id = partner.id
        receivable, income = (
            self._create(
                env,
                "account.account",
                name=f"Race {kind}",
                code=f"RACE.{number}",
                account_type=kind,
                reconcile=kind == "asset_receivable",
                company_ids=[Command.set(company.ids)],
            )
            for number, kind in enumerate(("asset_receivable", "income"))
        )
        journal = self._create(
            env, "account.journal", name="Race", code="RACE", type="general"
        )
        self.journal_id = journal.id
        self.accounts = receivable.id, income.id
        self.policy_id = self._create(
            env,
            "credit.policy",
            name="Race",
            sequence=-1,
            level_ids=[
                Command.create({"number": 1, "name": "Reminder", "days": 1}),
                Command.create({"number": 2, "name": "Last", "days": 90}),
            ],
        ).id

    def _post(self, env, amount):
        """A posted entry on the receivable account; returns its item."""
        receivable, income = self.accounts
        move = self._create(
            env,
            "account.move",
            journal_id=self.journal_id,
            date=DUE,
            line_ids=[
                Command.create(
                    {
                        "account_id": receivable,
                        "partner_id": self.partner_id,
                        "date_maturity": DUE,
                        "balance": amount,
                        "no_followup": False,
                    }
                ),
                Command.create({"account_id": income, "balance": -amount}),
            ],
        )
        move.action_post()
        item = move.line_ids.filtered("account_id.reconcile")
        item.no_followup = False
        return item

    def _commit_item(self, amount):
        with self.registry.cursor() as cr:
            return self._post(self._env(cr), amount).id

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            partner_id = getattr(self, "partner_id", 0)
            # What was sent is kept as history: the ORM refuses to delete it.
            cr.execute("DELETE FROM credit_notice WHERE partner_id = %s", [partner_id])
            for table in ("credit_promise", "credit_dispute"):
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE profile_id IN "
                        "(SELECT id FROM credit_profile WHERE partner_id = %s)",
                        SQL.identifier(table),
                        partner_id,
                    )
                )
            env["credit.profile"].search([("partner_id", "=", partner_id)]).unlink()
            for model, record_id in reversed(self.created):
                record = env[model].browse(record_id).exists()
                if model == "account.move" and record.state == "posted":
                    record.line_ids.remove_move_reconcile()
                    record.button_draft()
                record.with_context(force_delete=True).unlink()

    def _race(self, first, second):
        """``second`` begins, ``first`` does its work and commits, ``second``
        goes on; it meets the lock of ``first`` where there is one.

        :return: what ``second`` returns or raises
        """
        with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
            early = stack.enter_context(self.registry.cursor())
            late = stack.enter_context(self.registry.cursor())
            late.execute("SELECT 1")  # its snapshot is taken
            first(self._env(early))
            self._env(early).flush_all()
            waiting = pool.submit(second, self._env(late))
            self._wait_for_lock(late, waiting)
            early.commit()
            try:
                result = waiting.result(PATIENCE)
                late.commit()
                return result
            except psycopg2.Error as error:
                late.rollback()
                return error

    def _wait_for_lock(self, cr, waiting):
        """Until ``cr`` waits for another transaction, or has finished."""
        pid = cr._cnx.info.backend_pid
        with self.registry.cursor() as watch:
            while not waiting.done():
                watch.execute("SELECT cardinality(pg_blocking_pids(%s))", [pid])
                if watch.fetchone()[0]:
                    return

    # -- one debtor file -------------------------------------------------------

    def _get_profile(self, env):
        return env["credit.profile"]._get_or_create(
            env["res.partner"].browse(self.partner_id),
            env["res.company"].browse(self.company_id),
        )

    def _count(self, model, *domain):
        with self.registry.cursor() as cr:
            return self._env(cr)[model].search_count(
                [("partner_id", "=", self.partner_id), *domain]
            )

    @mute_logger("odoo.sql_db")
    def test_one_debtor_file(self):
        error = self._race(self._get_profile, self._get_profile)
        self.assertIsInstance(error, psycopg2.errors.SerializationFailure)
        self.assertEqual(self._count("credit.profile"), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_nobody_notices(self):
        """Odoo repeats the second request and it finds the file of the first."""

        def request(env):
            with patch("odoo.service.model.random.uniform", lambda *_: 0):
                return retrying(lambda: self._get_profile(env).id, env)

        found = self._race(self._get_profile, request)
        self.assertEqual(self._count("credit.profile", ("id", "=", found)), 1)
        self.assertEqual(self._count("credit.profile"), 1)

    # -- one notice ------------------------------------------------------------

    def _propose(self, env):
        company = env["res.company"].browse(self.company_id)
        profile = self._get_profile(env)
        run = env["credit.run"]._propose(company, DAY, profiles=profile)
        self.created.append(("credit.run", run.id))
        return run

    @mute_logger("odoo.sql_db")
    def test_one_proposal(self):
        self._commit_item(100)
        with self.registry.cursor() as cr:
            self._get_profile(self._env(cr))
        error = self._race(self._propose, self._propose)
        self.assertIsInstance(error, psycopg2.IntegrityError)
        self.assertEqual(self._count("credit.notice"), 1)

    # -- one promise, one dispute ----------------------------------------------

    def _agree_twice(self, act):
        """Two officers note the same of one item."""
        item_id = self._commit_item(100)
        with self.registry.cursor() as cr:
            self._get_profile(self._env(cr))

        def agree(env):
            item = env["account.move.line"].browse(item_id)
            act(self._get_profile(env), {item: 60.0})
            env.flush_all()

        return self._race(agree, agree)

    def _count_lines(self, model):
        with self.registry.cursor() as cr:
            profile = self._get_profile(self._env(cr))
            return len(profile[f"{model}_ids"].line_ids)

    @mute_logger("odoo.sql_db")
    def test_one_promise(self):
        error = self._agree_twice(
            lambda profile, amounts: profile._make_promise(amounts, DAY, DUE)
        )
        self.assertIsInstance(error, psycopg2.IntegrityError)
        self.assertEqual(self._count_lines("promise"), 1)

    @mute_logger("odoo.sql_db")
    def test_one_dispute(self):
        def dispute(profile, amounts):
            category = profile.env.ref("credit_control.dispute_category_price")
            profile._open_dispute(amounts, category, "Too dear", DAY)

        self.assertIsInstance(self._agree_twice(dispute), psycopg2.IntegrityError)
        self.assertEqual(self._count_lines("dispute"), 1)

    # -- true when sent --------------------------------------------------------

    @mute_logger("odoo.sql_db")
    def test_paid_while_sending(self):
        """The payment comes first: the reminder has to look again."""
        item_id = self._commit_item(100)
        with self.registry.cursor() as cr:
            run_id = self._propose(self._env(cr)).id

        def pay(env):
            item = env["account.move.line"].browse(item_id)
            (item | self._post(env, -100)).reconcile()

        def send(env):
            env["credit.run"].browse(run_id)._send(DAY)

        error = self._race(pay, send)
        self.assertIsInstance(error, psycopg2.errors.SerializationFailure)
        self.assertEqual(self._count("credit.notice", ("state", "=", "proposed")), 1)
        with self.registry.cursor() as cr:
            send(self._env(cr))
        self.assertEqual(self._count("credit.notice", ("state", "=", "dropped")), 1)

    @mute_logger("odoo.sql_db")
    def test_sent_by_two(self):
        """The later one leaves the notice to the earlier one."""
        self._commit_item(100)
        with self.registry.cursor() as cr:
            run_id = self._propose(self._env(cr)).id

        def send(env):
            env["credit.run"].browse(run_id)._send(DAY)

        with patch.object(
            self.registry["credit.notice"], "_deliver_email", autospec=True
        ) as deliver:
            self.assertIsNone(self._race(send, send))
        self.assertEqual(deliver.call_count, 1)
        self.assertEqual(self._count("credit.notice", ("state", "=", "sent")), 1)

    # -- one decision on a request ---------------------------------------------

    def _ask(self):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            request = self._create(
                env,
                "credit.limit.request",
                partner_id=self.partner_id,
                company_id=self.company_id,
                amount=500,
                reason="Race",
            )
            request.sudo().write({"state": "submitted", "until": DAY})
            return request.id

    def _approve(self, env, request_id):
        env["credit.limit.request"].browse(request_id)._approve("")

    @mute_logger("odoo.sql_db")
    def test_two_decide_at_once(self):
        """The later one is told; the limit was changed once."""
        id_ = self._ask()

        def approve(env):
            self._approve(env, id_)

        with self.assertRaises(UserError):
            self._race(approve, approve)
        with self.registry.cursor() as cr:
            [change] = self._env(cr)["credit.limit.change"].search(
                [("request_id", "=", id_)]
            )
            self.assertEqual(change.profile_id.limit, 500)

    @mute_logger("odoo.sql_db")
    def test_decided_on_meanwhile(self):
        """No lock is left to meet, but the state is of before."""
        id_ = self._ask()
        with self.registry.cursor() as late:
            late.execute("SELECT 1")
            with self.registry.cursor() as early:
                self._approve(self._env(early), id_)
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                self._approve(self._env(late), id_)
            late.rollback()
