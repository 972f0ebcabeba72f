from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_date

from ..core import escalation
from ..core.escalation import Decision, Item, Policy
from ..core.money import ZERO
from ..database import flush
from .credit_offer import GRACE

NO_PARTNER = "no_partner"
# Decisions that are the same under any policy.
POLICY_FREE = (
    escalation.SETTLED,
    escalation.CREDIT,
    escalation.MANUAL_BLOCK,
    escalation.PAYMENT_BLOCKED,
    escalation.NO_FOLLOWUP,
    escalation.PROPOSED_ELSEWHERE,
    escalation.INSTALMENT_PLAN,
    escalation.PROMISED,
    escalation.DISPUTED,
    escalation.OFFERED,
    NO_PARTNER,
)
# Decisions whose words name an amount of the policy.
TELL_OF_MONEY = (escalation.TOLERANCE, escalation.BELOW_MINIMUM)

# Open items as the core wants them; its money comes as text, to be exact.
COLUMNS = SQL(
    """i.id, i.debtor, i.policy, i.currency, i.due, i.residual::text,
       i.company_residual::text, i.last_level, i.last_date, i.block, i.grace,
       i.debtor_last, i.address, i.costs_from"""
)


def to_item(
    item_id, debtor, policy, currency, due, residual, company_residual, *rest
) -> Item:
    money = Decimal(residual), Decimal(company_residual)
    return Item(item_id, debtor, policy, currency, due, *money, *rest)


class CreditDunning(models.AbstractModel):
    """Fetch open items, let the core decide, word the decisions.

    The proposal, the second look before sending and "why?" all come through
    here, so that they can't disagree.
    """

    _name = "credit.dunning"
    _description = "Dunning Engine"

    # -- fetch -----------------------------------------------------------------

    @api.model
    def _fetch_items(
        self,
        company,
        as_of: date,
        profiles=None,
        item_ids=None,
        ignore_notices=(),
        ignore_run=None,
    ) -> list[Item]:
        """The open receivable items of ``company`` on ``as_of``.

        :param profiles: only items of these debtors
        :param item_ids: only these ``account.move.line`` ids
        :param ignore_notices: ids of proposed notices to look through
        :param ignore_run: id of a run whose other notices don't make a debtor wait
        """
        self._flush_sources()
        return self._read_items(
            self._items_sql(
                company, as_of, profiles, item_ids, ignore_notices, ignore_run
            )
        )

    @api.model
    def _read_items(self, query: SQL) -> list[Item]:
        rows = self.env.execute_query(
            SQL("SELECT %s FROM (%s) i ORDER BY i.id", COLUMNS, query)
        )
        return [to_item(*row) for row in rows]

    @api.model
    def _flush_sources(self) -> None:
        flush(
            self.env,
            (
                "account.move",
                "account.move.line",
                "credit.dispute",
                "credit.dispute.line",
                "credit.notice",
                "credit.notice.line",
                "credit.offer",
                "credit.offer.line",
                "credit.policy",
                "credit.profile",
                "credit.promise",
                "credit.promise.line",
                "mail.notification",
                "res.partner",
            ),
        )

    @api.model
    def _items_sql(
        self,
        company,
        as_of,
        profiles=None,
        item_ids=None,
        ignore_notices=(),
        ignore_run=None,
    ) -> SQL:
        ledger = self._ledger_sql(company, as_of)
        where = [
            SQL("l.account_id = ANY(%s)", self._receivable_account_ids(company)),
            ledger["is_open"],
            SQL("l.parent_state = 'posted'"),
            SQL("l.company_id = %s", company.id),
            SQL("l.date <= %s", as_of),
        ]
        if profiles is not None:
            where.append(SQL("p.id = ANY(%s)", profiles.ids))
        if item_ids is not None:
            where.append(SQL("l.id = ANY(%s)", list(item_ids)))
        return SQL(
            """
            SELECT i.id, COALESCE(i.debtor, 0) AS debtor, i.policy, i.currency, i.due,
                   i.residual, i.company_residual, COALESCE(n.level, 0) AS last_level,
                   n.date AS last_date,
                   CASE WHEN i.block IS NOT NULL THEN i.block
                        WHEN n.proposed THEN %(proposed)s END AS block,
                   CASE WHEN n.letter = n.date THEN COALESCE(y.letter_days, 0)
                        ELSE 0 END AS grace,
                   CASE WHEN y.interval > 0 THEN d.last END AS debtor_last,
                   CASE WHEN y.consolidate THEN 0 ELSE COALESCE(i.address, 0) END
                       AS address,
                   CASE WHEN i.waits THEN COALESCE(n.costs_from, %(never)s) END
                       AS costs_from,
                   i.company_residual <= y.tolerance AS small
              FROM (SELECT l.id, p.id AS debtor, %(policy)s AS policy,
                           l.currency_id AS currency,
                           COALESCE(l.date_maturity, l.date) AS due,
                           %(claimed)s AS residual,
                           %(company_claimed)s AS company_residual,
                           COALESCE(m.partner_id, l.partner_id) AS address,
                           COALESCE(%(block)s, CASE WHEN %(wholly)s THEN %(code)s END)
                               AS block,
                           %(waits)s AS waits
                      FROM account_move_line l
                      JOIN account_move m ON m.id = l.move_id
                 LEFT JOIN res_partner rp ON rp.id = l.partner_id
                 LEFT JOIN res_partner c
                        ON c.id = COALESCE(rp.commercial_partner_id, rp.id)
                 LEFT JOIN %(profiles)s p
                        ON p.partner_id = c.id AND p.company_id = l.company_id
                           %(later)s
                 LEFT JOIN (%(disputed)s) disputed ON disputed.item_id = l.id
                     WHERE %(where)s) i
         LEFT JOIN credit_policy y ON y.id = i.policy
         LEFT JOIN (%(noticed)s) n ON n.item_id = i.id
         LEFT JOIN (%(written)s) d ON d.profile_id = i.debtor
            """,
            proposed=escalation.PROPOSED_ELSEWHERE,
            policy=self.env["credit.policy"]
            .sudo()
            ._get_candidates(company)
            ._choice_sql(),
            block=self._block_sql(as_of),
            waits=self._waits_sql(company, as_of),
            never=escalation.NEVER,
            noticed=self._noticed_sql(as_of, ignore_notices, ignore_run),
            written=self._written_sql(company, as_of, ignore_run),
            where=SQL(" AND ").join(where),
            claimed=self._claimed_sql(ledger["residual"]),
            company_claimed=self._company_claimed_sql(
                company, ledger["residual"], ledger["company_residual"]
            ),
            wholly=self._wholly_disputed_sql(ledger["residual"]),
            code=escalation.DISPUTED,
            disputed=self._disputed_sql(as_of),
            profiles=ledger["profiles"],
            later=ledger["later"],
        )

    @api.model
    def _ledger_sql(self, company, as_of: date) -> dict[str, SQL]:
        """What is open of an item ``l``, and the table of debtor files."""
        return {
            "is_open": SQL("l.reconciled IS NOT TRUE"),
            "residual": SQL("l.amount_residual_currency"),
            "company_residual": SQL("l.amount_residual"),
            "profiles": SQL("credit_profile"),
            "later": SQL(),
        }

    @api.model
    def _block_sql(self, as_of: date) -> SQL:
        """Expression for the reason why an item is not dunned, or NULL.

        Override to add a reason: wrap the result in a COALESCE and word the
        code in :meth:`_get_reason_text`. The first reason that is not NULL
        counts. ``l`` is the item, ``m`` its entry, ``p`` the debtor, ``c`` its
        commercial partner.
        """
        return SQL(
            """CASE WHEN l.partner_id IS NULL THEN %s
                    WHEN p.block_until >= %s THEN %s
                    WHEN m.payment_state = 'blocked' THEN %s
                    WHEN l.no_followup THEN %s
                    WHEN l.id IN (%s) THEN %s
                    WHEN l.id IN (%s) THEN %s
               END""",
            NO_PARTNER,
            as_of,
            escalation.MANUAL_BLOCK,
            escalation.PAYMENT_BLOCKED,
            escalation.NO_FOLLOWUP,
            self._promised_sql(as_of),
            escalation.PROMISED,
            self._offered_sql(as_of),
            escalation.OFFERED,
        )

    @api.model
    def _promised_sql(self, as_of: date) -> SQL:
        """The items that wait for a promise."""
        return SQL(
            """SELECT q.item_id
                 FROM credit_promise_line q
                 JOIN credit_promise o ON o.id = q.promise_id
                WHERE q.state = 'open' AND o.pause_until >= %s
                  AND q.item_id IS NOT NULL""",
            as_of,
        )

    @api.model
    def _disputed_sql(self, as_of: date) -> SQL:
        """What is disputed of which item; one amount for each."""
        return SQL(
            """SELECT q.item_id, q.amount
                 FROM credit_dispute_line q
                WHERE q.state IN ('new', 'accepted')"""
        )

    @api.model
    def _wholly_disputed_sql(self, residual: SQL) -> SQL:
        return SQL("(disputed.amount >= %s)", residual)

    @api.model
    def _claimed_sql(self, residual: SQL) -> SQL:
        """What of ``residual`` is claimed, in the item's currency: what isn't disputed.

        An item that is disputed as a whole keeps its amount: it is blocked. See
        ``core.disputes``.
        """
        return SQL(
            "CASE WHEN disputed.amount < %(all)s THEN %(all)s - disputed.amount "
            "ELSE %(all)s END",
            all=residual,
        )

    @api.model
    def _company_claimed_sql(self, company, residual: SQL, amount: SQL) -> SQL:
        """:meth:`_claimed_sql` of ``amount``, in the company's currency."""
        return SQL(
            "CASE WHEN disputed.amount < %(all)s THEN ROUND("
            "%(amount)s * (%(all)s - disputed.amount) / %(all)s, %(digits)s) "
            "ELSE %(amount)s END",
            all=residual,
            amount=amount,
            digits=company.currency_id.decimal_places,
        )

    @api.model
    def _offered_sql(self, as_of: date) -> SQL:
        """Ids of the items that an offer stands on, and as long as it may be taken up
        by a payment that the bank reports late: nobody is pressed in the meantime.
        """
        return SQL(
            """SELECT k.item_id
                 FROM credit_offer_line k
                 JOIN credit_offer o ON o.id = k.offer_id
                WHERE o.state = 'open' AND o.until >= %s""",
            as_of - GRACE,
        )

    @api.model
    def _waits_sql(self, company, as_of: date) -> SQL:
        """Whether costs are claimed of the debtor only after a notice by law."""
        levels = self.env["credit.policy.level"].sudo()
        levels = levels.search([("policy_id.active", "=", True)])
        if not any(level._has_costs() for level in levels):
            return SQL("FALSE")
        regime = self.env["credit.regime"]._first_notice_sql(company, as_of)
        return SQL("(%s IS NOT NULL)", regime)

    @api.model
    def _noticed_sql(self, as_of: date, ignore_notices, ignore_run) -> SQL:
        """Per item: last level sent, its date, and whether a proposal holds it.

        Whatever is sent counts, so that a clock set back repeats nothing.
        """
        return SQL(
            """
            SELECT item_id,
                   MAX(level_number) FILTER (WHERE state = 'sent') AS level,
                   MAX(date) FILTER (WHERE state = 'sent') AS date,
                   MAX(date) FILTER (WHERE state = 'sent' AND channel = 'letter')
                       AS letter,
                   MIN(%s) AS costs_from,
                   BOOL_OR(state = 'proposed') AS proposed
              FROM credit_notice_line l
             WHERE state IN ('proposed', 'sent')
               AND NOT (state = 'proposed' AND notice_id = ANY(%s))
          GROUP BY item_id
            """,
            self.env["credit.notice.line"]._costs_from_sql(),
            list(ignore_notices),
        )

    @api.model
    def _written_sql(self, company, as_of: date, ignore_run) -> SQL:
        """Per debtor: the last day on which he was written to or called."""
        return SQL(
            """
            SELECT profile_id, MAX(date) AS last
              FROM credit_notice
             WHERE company_id = %s AND state = 'sent' AND run_id IS DISTINCT FROM %s
          GROUP BY profile_id
            """,
            company.id,
            ignore_run,
        )

    @api.model
    def _receivable_account_ids(self, companies=None) -> list[int]:
        """Receivable accounts of ``companies`` (all when None), archived too."""
        domain = Domain("account_type", "=", "asset_receivable")
        if companies is not None:
            domain &= Domain("company_ids", "parent_of", companies.ids)
        accounts = self.env["account.account"].sudo().with_context(active_test=False)
        return accounts.search(domain).ids

    @api.model
    def _matchings_sql(self) -> SQL:
        """Every matching seen from each of its two items, signed like the item."""
        return SQL(
            """
            SELECT id, debit_move_id AS item_id, debit_amount_currency AS amount,
                   amount AS company_amount, max_date, create_date
              FROM account_partial_reconcile
             UNION ALL
            SELECT id, credit_move_id, -credit_amount_currency, -amount, max_date,
                   create_date
              FROM account_partial_reconcile
            """
        )

    # -- decide ----------------------------------------------------------------

    @api.model
    def _decide(self, items: list[Item], as_of: date) -> list[Decision]:
        return escalation.plan(items, self._get_core_policies(items), as_of)

    @api.model
    def _get_core_policies(self, items: list[Item]) -> dict[int, Policy]:
        policy_ids = {item.policy for item in items if item.policy}
        policies = self.env["credit.policy"].sudo().browse(policy_ids)
        return policies._get_core_policies()

    @api.model
    def _decide_run(
        self, company, as_of: date, profiles=None
    ) -> tuple[list[Decision], dict[str, tuple[int, Decimal]]]:
        """Decisions on all items of debtors who have something due, and what is
        left alone of the others: by code, how many items and their amount.

        Items are decided one by one only where that can change the outcome. On most
        days nearly everybody has nothing due: then it is enough to look at one item
        for all that are alike.
        """
        self._stage_items(company, as_of, profiles)
        busy = set()
        for code, _count, _amount, debtors in self._decide_alike(as_of):
            if code == escalation.DUE:
                busy.update(map(int, debtors[1:-1].split(",")))
        items = self._read_items(
            SQL("SELECT * FROM credit_open_item WHERE debtor = ANY(%s)", list(busy))
        )
        left = defaultdict(lambda: (0, ZERO))
        for code, count, amount, _debtors in self._decide_alike(as_of, busy):
            left[code] = left[code][0] + count, left[code][1] + amount
        return self._decide(items, as_of), left

    @api.model
    def _stage_items(self, company, as_of: date, profiles=None) -> None:
        """Set the open items aside for this transaction: they are read twice."""
        self._flush_sources()
        self.env.cr.execute("DROP TABLE IF EXISTS credit_open_item")
        self.env.cr.execute(
            SQL(
                "CREATE TEMP TABLE credit_open_item ON COMMIT DROP AS %s",
                self._items_sql(company, as_of, profiles),
            )
        )

    @api.model
    def _decide_alike(
        self, as_of: date, without=()
    ) -> Iterator[tuple[str, int, Decimal, str]]:
        """Code, number, amount and debtors of items that are alike in all that their
        level and its day hang on; ``without`` these debtors.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT MIN(id), 0, policy, 0, due, MIN(residual)::text,
                       MIN(company_residual)::text, last_level, last_date, block,
                       grace, debtor_last, 0, costs_from,
                       COUNT(*), SUM(company_residual)::text, ARRAY_AGG(debtor)::text
                  FROM credit_open_item
                 WHERE debtor <> ALL(%s)
              GROUP BY policy, due, SIGN(residual), small, last_level, last_date,
                       block, grace, debtor_last, costs_from
                """,
                list(without),
            )
        )
        items = [to_item(*row[:-3]) for row in rows]
        policies = self._get_core_policies(items)
        for item, row in zip(items, rows, strict=True):
            decision = escalation.decide(item, policies.get(item.policy), as_of)
            count, amount, debtors = row[-3:]
            yield decision.code, count, Decimal(amount), debtors

    @api.model
    def _decide_for(self, profiles, as_of: date) -> dict[int, list[Decision]]:
        """Decisions on every open item of ``profiles``, by debtor id."""
        by_debtor = defaultdict(list)
        for company, group in profiles.grouped("company_id").items():
            items = self._fetch_items(company, as_of, profiles=group)
            for decision in self._decide(items, as_of):
                by_debtor[decision.item.debtor].append(decision)
        return by_debtor

    # -- word ------------------------------------------------------------------

    @api.model
    def _get_reason_labels(self) -> list[tuple[str, str]]:
        """Short label of every decision code, for lists and counts."""
        return [
            (escalation.DUE, self.env._("Due now")),
            (escalation.NOT_YET, self.env._("Next level not reached yet")),
            (escalation.LAST_LEVEL, self.env._("All levels sent")),
            (escalation.SETTLED, self.env._("Nothing open")),
            (escalation.CREDIT, self.env._("Credit note or unallocated payment")),
            (escalation.NETTED, self.env._("Credit deducted in the notice")),
            (escalation.UNMATCHED, self.env._("Unmatched money could cover this")),
            (escalation.NO_DUNNING, self.env._("The policy sends no reminders")),
            (escalation.TOLERANCE, self.env._("Within the tolerance")),
            (escalation.NO_POLICY, self.env._("No policy for this debtor")),
            (escalation.BELOW_MINIMUM, self.env._("Below the level's minimum amount")),
            (escalation.MANUAL_BLOCK, self.env._("Debtor blocked by hand")),
            (escalation.NO_FOLLOWUP, self.env._("Excluded from follow-up")),
            (escalation.PAYMENT_BLOCKED, self.env._("Payment of the invoice blocked")),
            (escalation.PROPOSED_ELSEWHERE, self.env._("In a proposal already")),
            (escalation.PROMISED, self.env._("Promised by the debtor")),
            (escalation.DISPUTED, self.env._("Disputed by the debtor")),
            (escalation.OFFERED, self.env._("An offer stands")),
            (NO_PARTNER, self.env._("Entry without a partner")),
        ]

    @api.model
    def _get_answers(self, decisions: list[Decision], as_of: date) -> list[str]:
        """The whole answer to "why?" for each: the reason and whose rule it is."""
        versions = self._word_versions(decisions, as_of)
        return [
            self._add_version(text, versions.get(decision.item.policy))
            if decision.code not in POLICY_FREE
            else text
            for decision, text in zip(
                decisions, self._get_reason_texts(decisions), strict=True
            )
        ]

    @api.model
    def _add_version(self, reason: str, version: str | None) -> str:
        if not version:
            return reason
        return self.env._(
            "%(reason)s. Policy %(version)s.",
            reason=reason.removesuffix("."),
            version=version,
        )

    @api.model
    def _word_versions(self, decisions, as_of: date) -> dict[int, str]:
        """The policies that decide, each with its version, by id."""
        policy_ids = {d.item.policy for d in decisions if d.item.policy}
        return {
            policy.id: policy._word_version(self._get_version_number(policy, as_of))
            for policy in self.env["credit.policy"].sudo().browse(policy_ids)
        }

    @api.model
    def _get_version_number(self, policy, as_of: date) -> int:
        return policy._get_version_number()

    @api.model
    def _get_reason_text(self, decision: Decision) -> str:
        """``decision`` in a sentence, with the rule and its figures."""
        method = getattr(self, f"_word_{decision.code}", None)
        if method:
            return method(decision)
        return dict(self._get_reason_labels()).get(decision.code, decision.code)

    @api.model
    def _get_reason_texts(self, decisions: list[Decision]) -> list[str]:
        """:meth:`_get_reason_text` of many, without a query for each."""
        self._read_ahead(decisions)
        lines = self._get_proposed_lines(decisions)
        promised = self._get_promises(decisions)
        disputed = self._get_disputed_lines(decisions)
        texts = []
        for decision in decisions:
            id_ = decision.item.id
            if id_ in lines:
                text = self._word_proposal(lines[id_])
            elif decision.code == escalation.PROMISED and id_ in promised:
                text = promised[id_]._word_pause()
            else:
                text = self._get_reason_text(decision)
            if id_ in disputed:
                text = self._add_dispute(decision, text, disputed[id_])
            texts.append(text)
        return texts

    @api.model
    def _get_promises(self, decisions: list[Decision]) -> dict:
        """The open promises that items wait for, by item id."""
        lines = self._find_holding(
            decisions,
            escalation.PROMISED,
            "credit.promise.line",
            [("state", "=", "open")],
        )
        return {id_: line.promise_id for id_, line in lines.items()}

    @api.model
    def _find_holding(self, decisions, code: str, model: str, domain: list) -> dict:
        """What holds the items that were decided on with ``code``: {item id: the line
        of ``model`` about it}, of those that hold it now.
        """
        ids = [decision.item.id for decision in decisions if decision.code == code]
        if not ids:
            return {}
        lines = self.env[model].sudo().search([("item_id", "in", ids), *domain])
        return {line.item_id.id: line for line in lines}

    @api.model
    def _reword(self, decisions: list[Decision], texts: list[str], words: dict) -> list:
        """``texts`` of the decisions, but ``words`` by item id where there are any."""
        return [
            words.get(decision.item.id, text)
            for decision, text in zip(decisions, texts, strict=True)
        ]

    @api.model
    def _get_disputed_lines(self, decisions: list[Decision]) -> dict:
        """What is disputed of these items now, by item id."""
        lines = self.env["credit.dispute.line"].sudo()
        lines = lines.search(
            [
                ("item_id", "in", [d.item.id for d in decisions]),
                ("state", "in", ("new", "accepted")),
            ]
        )
        return {line.item_id.id: line for line in lines}

    @api.model
    def _add_dispute(self, decision: Decision, text: str, line) -> str:
        dispute = line.dispute_id
        day = format_date(self.env, dispute.opened_on)
        if decision.code == escalation.DISPUTED:
            return self.env._(
                "Disputed since %(day)s (%(category)s): no reminder until that is "
                "answered.",
                day=day,
                category=dispute.category_id.name,
            )
        return self.env._(
            "%(reason)s %(amount)s of it is disputed since %(day)s and left out.",
            reason=text if text.endswith(".") else f"{text}.",
            amount=format_amount(self.env, line.amount, line.currency_id),
            day=day,
        )

    def _read_ahead(self, decisions: list[Decision]) -> None:
        """Read in one go what the words say of items and debtors."""
        ids = defaultdict(set)
        for decision in decisions:
            ids[decision.code, "items"].add(decision.item.id)
            if decision.item.debtor:
                ids[decision.code, "debtors"].add(decision.item.debtor)
        items = self.env["account.move.line"].sudo()
        for code in TELL_OF_MONEY:
            items.browse(ids[code, "items"]).fetch(["company_currency_id"])
        offered = items.browse(ids[escalation.OFFERED, "items"])
        offered.credit_offer_line_ids.offer_id.fetch(["amount_to_pay", "until"])
        profiles = self.env["credit.profile"].sudo()
        profiles.browse(ids[escalation.MANUAL_BLOCK, "debtors"]).fetch(
            ["block_until", "block_reason"]
        )
        profiles.browse(ids[escalation.UNMATCHED, "debtors"]).mapped(
            lambda debtor: (debtor.partner_id.display_name, debtor.credit_amount)
        )

    def _word_offered(self, decision: Decision) -> str:
        item = self.env["account.move.line"].sudo().browse(decision.item.id)
        lines = item.credit_offer_line_ids
        offer = lines.filtered(lambda line: line.state == "open").offer_id
        return self.env._(
            "The debtor was offered to pay %(amount)s by %(day)s: the next level waits "
            "until the offer has ended.",
            amount=format_amount(self.env, offer.amount_to_pay, offer.currency_id),
            day=format_date(self.env, offer.until),
        )

    def _format_company_amount(self, decision: Decision, amount) -> str:
        item = self.env["account.move.line"].sudo().browse(decision.item.id)
        return format_amount(self.env, float(amount), item.company_currency_id)

    def _level_name(self, decision: Decision) -> str:
        level = self.env["credit.policy.level"].sudo().browse(decision.level.id)
        return self.env._(
            "Level %(number)s (%(name)s)",
            number=decision.level.number,
            name=level.name,
        )

    def _word_due(self, decision: Decision) -> str:
        return self.env._(
            "%(level)s is due since %(day)s: %(rule)s.",
            level=self._level_name(decision),
            day=format_date(self.env, decision.day),
            rule=self._word_rule(decision),
        )

    def _word_not_yet(self, decision: Decision) -> str:
        if decision.day == escalation.NEVER:
            return self.env._(
                "%(level)s claims costs: the law first asks for a reminder that "
                "announces them, and none was sent yet.",
                level=self._level_name(decision),
            )
        return self.env._(
            "%(level)s follows on %(day)s: %(rule)s.",
            level=self._level_name(decision),
            day=format_date(self.env, decision.day),
            rule=self._word_rule(decision),
        )

    def _word_rule(self, decision: Decision) -> str:
        """The rule that sets the day of a level, with its figures."""
        return getattr(self, f"_word_rule_{decision.rule}")(decision)

    def _word_rule_due(self, decision: Decision) -> str:
        level, due = decision.level, format_date(self.env, decision.item.due)
        if not level.days:
            return self.env._("on the due date %s", due)
        if level.days < 0:
            return self.env._(
                "day %(days)s before the due date %(due)s", days=-level.days, due=due
            )
        return self.env._(
            "day %(days)s after the due date %(due)s", days=level.days, due=due
        )

    def _word_rule_month_end(self, decision: Decision) -> str:
        return self.env._(
            "day %(days)s after the end of the month of the due date %(due)s",
            days=decision.level.days,
            due=format_date(self.env, decision.item.due),
        )

    def _word_rule_notice(self, decision: Decision) -> str:
        return self.env._(
            "day %(days)s after the notice of %(last)s",
            days=decision.level.days,
            last=format_date(self.env, decision.item.last_date),
        )

    def _word_rule_min_days(self, decision: Decision) -> str:
        last = format_date(self.env, decision.item.last_date)
        if decision.item.grace:
            return self.env._(
                "day %(days)s after the letter of %(last)s, days for the post: "
                "%(grace)s",
                days=decision.level.min_days + decision.item.grace,
                grace=decision.item.grace,
                last=last,
            )
        return self.env._(
            "day %(days)s after the notice of %(last)s",
            days=decision.level.min_days,
            last=last,
        )

    def _word_rule_interval(self, decision: Decision) -> str:
        waited = decision.day - decision.item.debtor_last
        return self.env._(
            "day %(days)s after the debtor's last notice, of %(last)s",
            days=waited.days,
            last=format_date(self.env, decision.item.debtor_last),
        )

    def _word_rule_first_notice(self, decision: Decision) -> str:
        return self.env._(
            "costs may be claimed from that day on, after the reminder that announced "
            "them"
        )

    def _word_unmatched(self, decision: Decision) -> str:
        profile = self.env["credit.profile"].sudo().browse(decision.item.debtor)
        if not profile:
            return dict(self._get_reason_labels())[decision.code]
        return self.env._(
            "Unmatched money could cover this: %(debtor)s has credits of %(amount)s "
            "that are not matched with an invoice yet. Reconcile them first.",
            debtor=profile.partner_id.display_name,
            amount=format_amount(self.env, -profile.credit_amount, profile.currency_id),
        )

    def _word_no_dunning(self, decision: Decision) -> str:
        policy = self.env["credit.policy"].sudo().browse(decision.item.policy)
        return self.env._('The policy "%s" sends no reminders.', policy.name)

    def _word_last_level(self, decision: Decision) -> str:
        if not decision.item.last_level:
            return self.env._("The policy has no level for this item any more.")
        return self.env._(
            "All levels have been sent; the last one on %s.",
            format_date(self.env, decision.item.last_date),
        )

    def _word_proposed_elsewhere(self, decision: Decision) -> str:
        return self._word_proposal(
            self._get_proposed_lines([decision])[decision.item.id]
        )

    def _word_proposal(self, line) -> str:
        return self.env._(
            "Level %(number)s (%(name)s) is proposed in %(run)s: look at it and "
            "send it.",
            number=line.level_number,
            name=line.level_id.name,
            run=line.run_id.name,
        )

    def _get_proposed_lines(self, decisions: list[Decision]) -> dict:
        """The proposed notice lines of items that are in a proposal, by item id."""
        held = [
            decision.item.id
            for decision in decisions
            if decision.code == escalation.PROPOSED_ELSEWHERE
        ]
        lines = (
            self.env["credit.notice.line"]
            .sudo()
            .search([("item_id", "in", held), ("state", "=", "proposed")])
        )
        return {line.item_id.id: line for line in lines}

    def _word_tolerance(self, decision: Decision) -> str:
        policy = self.env["credit.policy"].sudo().browse(decision.item.policy)
        return self.env._(
            'Within the tolerance of %(amount)s of the policy "%(policy)s".',
            amount=self._format_company_amount(decision, policy.tolerance),
            policy=policy.name,
        )

    def _word_below_minimum(self, decision: Decision) -> str:
        level = decision.level
        amount = self._format_company_amount(decision, level.min_amount)
        if not level.min_share:
            return self.env._(
                "What is due together stays below the minimum of %(amount)s of "
                "%(level)s.",
                amount=amount,
                level=self._level_name(decision),
            )
        return self.env._(
            "What is due together stays below the minimum of %(amount)s and of "
            "%(share)s %% of all open items of %(level)s.",
            amount=amount,
            share=f"{100 * level.min_share:g}",
            level=self._level_name(decision),
        )

    def _word_manual_block(self, decision: Decision) -> str:
        profile = self.env["credit.profile"].sudo().browse(decision.item.debtor)
        return self.env._(
            "Reminders are stopped until %(day)s: %(reason)s.",
            day=format_date(self.env, profile.block_until),
            reason=profile.block_reason,
        )
