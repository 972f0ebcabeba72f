from collections import defaultdict
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..core import collection


class CreditCollectionProposal(models.Model):
    """What the policies propose to hand over, every morning.

    The engine of the reminders says what is open and what is held by a dispute, a
    promise, a plan or a block; the policy says after how many days.
    """

    _inherit = "credit.collection.file"

    proposal_policy_id = fields.Many2one(
        "credit.policy",
        string="Policy that proposed it",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    proposal_code = fields.Selection(
        [
            (collection.AFTER_LEVEL, "After the last level"),
            (collection.TOO_OLD, "Late for too long"),
        ],
        string="Kind of reason",
        readonly=True,
        copy=False,
    )
    proposal_days = fields.Integer(
        string="Days of the policy", readonly=True, copy=False
    )
    proposal_since = fields.Date(
        string="Oldest due date then", readonly=True, copy=False
    )
    reason = fields.Char(string="Why", compute="_compute_reason")

    @api.depends("proposal_code", "proposal_days", "proposal_since")
    @api.depends_context("lang")
    def _compute_reason(self):
        for file in self:
            file.reason = file._word_proposal()

    def _word_proposal(self) -> str | bool:
        """Why the policy proposed it, in the words of who reads."""
        words = {
            "days": self.proposal_days,
            "policy": self.sudo().proposal_policy_id.name or self.env._("policy"),
        }
        if self.proposal_code == collection.AFTER_LEVEL:
            return self.env._(
                "%(days)s days after the last level (%(policy)s)", **words
            )
        if self.proposal_code == collection.TOO_OLD:
            return self.env._(
                "Late for %(days)s days or more, since %(day)s (%(policy)s)",
                day=format_date(self.env, self.proposal_since),
                **words,
            )
        return False

    @api.model
    def _propose_all(self, company, as_of: date):
        """New files of ``company``, one a debtor and currency."""
        agencies = self.env["credit.collection.agency"].sudo()
        if not agencies.search_count([("company_id", "=", company.id)], limit=1):
            return self.browse()
        due = self._find_due(company, as_of)
        return self.sudo()._make_possible(self._prepare_wanted(due), as_of)

    @api.model
    def _find_due(self, company, as_of: date) -> dict:
        """{(debtor id, currency id): [(item of the engine, day, why)]}."""
        sent = self._fetch_candidates(company, as_of)
        items = (
            self.env["credit.dunning"]
            .sudo()
            ._fetch_items(company, as_of, item_ids=sent)
        )
        policies = self.env["credit.policy"].sudo()
        found = defaultdict(list)
        for item in items:
            policy = policies.browse(item.policy or ())
            if not policy.handoff_propose or not self._is_free(item, as_of):
                continue
            day = collection.handoff_day(
                policy._get_handoff_rule(), item.due, sent[item.id]
            )
            if day and day[0] <= as_of:
                found[item.debtor, item.currency].append((item, *day))
        return found

    @api.model
    def _is_free(self, item, as_of: date) -> bool:
        """Whether nothing stands against handing ``item`` over.

        To be extended: an addon refuses more.
        """
        law_waits = item.costs_from is not None and item.costs_from > as_of
        return not item.block and item.debtor and item.residual > 0 and not law_waits

    @api.model
    def _fetch_candidates(self, company, as_of: date) -> dict[int, date | None]:
        """{item id: day on which its last level for handoff was sent}, of items old
        enough for one of the policies that were in no file yet.

        What came back, or somebody didn't want to hand over, is not proposed again
        every morning: it is handed over by hand.
        """
        self.env["credit.dunning"]._flush_sources()
        self.env["credit.policy.level"].flush_model()
        policies = self.env["credit.policy"].sudo()._get_candidates(company)
        rules = policies.filtered("handoff_propose")
        if not rules:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.id, s.date
                  FROM account_move_line l
             LEFT JOIN (SELECT k.item_id, MAX(k.date) AS date
                          FROM credit_notice_line k
                          JOIN credit_notice n ON n.id = k.notice_id
                          JOIN credit_policy_level v
                            ON v.id = COALESCE(k.own_level_id, n.level_id)
                         WHERE k.state = 'sent' AND v.handoff
                      GROUP BY k.item_id) s ON s.item_id = l.id
                 WHERE l.account_id = ANY(%(accounts)s)
                   AND l.reconciled IS NOT TRUE
                   AND l.parent_state = 'posted'
                   AND l.company_id = %(company)s
                   AND l.amount_residual > 0
                   AND COALESCE(l.date_maturity, l.date) <= %(day)s
                   AND NOT EXISTS (SELECT FROM credit_collection_line h
                                    WHERE h.item_id = l.id)
                   AND NOT EXISTS (SELECT FROM credit_charge_item_rel r
                                    WHERE r.account_move_line_id = l.id)
                """,
                accounts=self.env["credit.dunning"]._receivable_account_ids(company),
                company=company.id,
                day=as_of - timedelta(min(rules.mapped("handoff_earliest"))),
            )
        )
        return dict(rows)

    @api.model
    def _prepare_wanted(self, due: dict) -> list[tuple]:
        """What to make of ``due``, but of too little nothing."""
        profiles = self.env["credit.profile"].sudo()
        profiles = profiles.browse(debtor for debtor, _currency in due)
        wanted = []
        for profile, found in zip(profiles, due.values(), strict=True):
            policy = self.env["credit.policy"].sudo().browse(found[0][0].policy)
            total = sum(item.company_residual for item, _day, _why in found)
            if total < policy.handoff_minimum:
                continue
            items = self.env["account.move.line"].sudo()
            items = items.browse(item.id for item, _day, _why in found)
            values = self._prepare_reason(policy, found)
            if agency := self._choose_agency(policy, profile):
                values["agency"] = agency
            wanted.append((profile, items, values))
        return wanted

    @api.model
    def _make_possible(self, wanted: list[tuple], as_of: date):
        """Files on what is ``wanted``. One that is refused holds up no other, and is
        tried again tomorrow.
        """
        if not wanted:
            return self.browse()
        try:
            with self.env.cr.savepoint():
                return self._make_many(wanted, as_of)
        except UserError as error:
            if len(wanted) > 1:
                half = len(wanted) // 2
                first = self._make_possible(wanted[:half], as_of)
                return first | self._make_possible(wanted[half:], as_of)
            [(profile, _items, _values)] = wanted
            profile._message_log(
                body=self.env._("Could not be proposed for collection: %s", error)
            )
            return self.browse()

    @api.model
    def _choose_agency(self, policy, profile):
        """The one that the policy names."""
        return policy.handoff_agency_id.filtered(
            lambda agency: agency.active and agency.company_id == profile.company_id
        )

    @api.model
    def _prepare_reason(self, policy, found: list) -> dict:
        """Of the file that is proposed, and the facts of why."""
        after_level = collection.AFTER_LEVEL in [why for _item, _day, why in found]
        service = policy.handoff_service
        return {
            **({"service": service} if service else {}),
            "by_policy": True,
            "proposal_policy_id": policy.id,
            "proposal_code": (
                collection.AFTER_LEVEL if after_level else collection.TOO_OLD
            ),
            "proposal_days": (
                policy.handoff_days if after_level else policy.handoff_latest
            ),
            "proposal_since": min(item.due for item, _day, _why in found),
        }

    @api.model
    def _discard_paid(self, company, as_of: date) -> None:
        """Bring proposals up to date; those with nothing left go."""
        waiting = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "in", (collection.DRAFT, collection.READY)),
            ]
        )
        waiting._bring_up_to_date(as_of)
        empty = waiting.filtered(lambda file: not file.line_ids)
        empty.filtered(lambda file: not file.sent_date).unlink()


class CreditRunCollection(models.Model):
    """Collection files are proposed and followed after the reminders of the day."""

    _inherit = "credit.run"

    @api.model
    def _cron_daily(self):
        result = super()._cron_daily()
        files = self.env["credit.collection.file"]
        for company in self.env["res.company"].search([("active", "=", True)]):
            today = company._credit_today()
            files._discard_paid(company, today)
            files._follow_all(company, today)
            files.with_company(company)._propose_all(company, today)
        return result
