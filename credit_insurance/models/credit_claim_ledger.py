from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import ZERO, to_decimal
from odoo.addons.credit_control.database import flush

from ..core import indemnity

# While money that comes in may belong to the claim.
RECOVERING = ("notified", "waiting", "submitted", "accepted", "paid")


class CreditClaimLedger(models.Model):
    """What the ledger says of a claim from the day of the loss on.

    Money of before lowers the loss, money of after is a recovery: the invoices stay
    claimed as they were open on that day.
    """

    _inherit = "credit.claim"

    # The last item of the ledger when it was submitted: what is entered later with an
    # earlier date isn't in the loss yet.
    last_item = fields.Integer(readonly=True, copy=False)
    proposed_count = fields.Integer(compute="_compute_proposed_count")

    @api.depends("recovery_ids.state")
    def _compute_proposed_count(self):
        for claim in self:
            claim.proposed_count = len(
                claim.recovery_ids.filtered(lambda one: one.state == "proposed")
            )

    # -- on the day of the loss ------------------------------------------------

    def _restore_at_loss(self, insured: dict) -> dict:
        """{claim: rows of invoices as they were open on its day of the loss}.

        With those that were claimed and have been paid since.

        :param insured: {claim: rows as they are open now}
        """
        found = {claim: claim._with_claimed(insured[claim]) for claim in self}
        opened, credits = self._fetch_at_loss(found)
        return {
            claim: self._settle_at_loss(
                [(row, opened.get((claim.id, row["id"]), ZERO)) for row in rows],
                credits.get(claim.id, ZERO),
            )
            for claim, rows in found.items()
        }

    def _with_claimed(self, rows: list[dict]) -> list[dict]:
        seen = {row["id"] for row in rows}
        gone = self.line_ids.filtered(lambda line: line.item_id.id not in seen)
        return rows + [line._get_row() for line in gone if line.item_id]

    @api.model
    def _settle_at_loss(self, rows: list[tuple[dict, Decimal]], credit) -> list[dict]:
        left = indemnity.settle_oldest_first(
            [(row["first_due"], amount) for row, amount in rows], credit
        )
        return [
            {**row, "amount": amount}
            for (row, _opened), amount in zip(rows, left, strict=True)
            if amount > ZERO
        ]

    def _fetch_at_loss(self, found: dict) -> tuple[dict, dict]:
        """({(claim id, item id): open on the day of the loss}, {claim id: unmatched
        money of before}), in the company's currency.
        """
        if not self:
            return {}, {}
        self.env["credit.insurance.clock"]._flush_sources()
        self.env["account.partial.reconcile"].flush_model()
        self.flush_model(["loss_date", "profile_id"])
        pairs = [(one.id, row["id"]) for one, rows in found.items() for row in rows]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT q.claim, l.id, (l.amount_residual + COALESCE(SUM(r.amount)
                                       FILTER (WHERE o.date >= f.loss_date), 0))::text
                  FROM unnest(%(claims)s::int[], %(items)s::int[]) q(claim, item)
                  JOIN credit_claim f ON f.id = q.claim
                  JOIN account_move_line l ON l.id = q.item
             LEFT JOIN account_partial_reconcile r ON r.debit_move_id = l.id
             LEFT JOIN account_move_line o ON o.id = r.credit_move_id
                 WHERE l.parent_state = 'posted'
              GROUP BY q.claim, l.id
             UNION ALL
                SELECT f.id, NULL, SUM(-l.amount_residual)::text
                  FROM credit_claim f
                  JOIN credit_profile p ON p.id = f.profile_id
                  JOIN res_partner rp ON rp.commercial_partner_id = p.partner_id
                  JOIN account_move_line l ON l.partner_id = rp.id
                                          AND l.company_id = p.company_id
                 WHERE f.id = ANY(%(ids)s)
                   AND l.account_id = ANY(%(accounts)s)
                   AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                   AND l.amount_residual < 0 AND l.date < f.loss_date
              GROUP BY f.id
                """,
                claims=[claim for claim, _item in pairs],
                items=[item for _claim, item in pairs],
                ids=self.ids,
                accounts=self.env["credit.dunning"]._receivable_account_ids(),
            )
        )
        return (
            {(claim, item): to_decimal(amount) for claim, item, amount in rows if item},
            {claim: to_decimal(amount) for claim, item, amount in rows if not item},
        )

    # -- recoveries ------------------------------------------------------------

    @api.model
    def _propose_all(self, company, as_of: date) -> None:
        """Money that came in after the day of the loss is proposed, too."""
        result = super()._propose_all(company, as_of)
        claims = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "in", RECOVERING),
                ("loss_date", "<=", as_of),
            ]
        )
        claims._propose_recoveries(as_of)
        return result

    def action_find_recoveries(self):
        """Look now for what came in."""
        claims = self._as_officer(*RECOVERING)
        for company, own in claims.grouped("company_id").items():
            today = company._credit_today()
            own = own.filtered(lambda one, day=today: (one.loss_date or day) <= day)
            own._propose_recoveries(today)
        return True

    def _propose_recoveries(self, as_of: date) -> None:
        """Propose money of after the loss once, and follow what wasn't decided on.

        Money that is matched with nothing belongs to the oldest claim that doesn't
        say that it is another's.
        """
        rows = self._fetch_recoveries(as_of)
        spoken: set[int] = set()
        for claim in self.sorted("id"):
            known = claim.recovery_ids.filtered("item_id").grouped("item_id")
            found = {}
            for row in rows.get(claim.id, ()):
                item = self.env["account.move.line"].browse(row["item_id"])
                recovery = known.get(item, claim.recovery_ids.browse())
                amount = row["matched"]
                if recovery.state != "refused" and item.id not in spoken:
                    amount += row["free"]
                    spoken.add(item.id)
                if amount > 0:
                    found[item] = claim._prepare_recovery(item, row["kind"], amount)
            claim._update_recoveries(known, found)

    def _update_recoveries(self, known: dict, found: dict) -> None:
        recoveries = self.env["credit.claim.recovery"].sudo()
        for item, recovery in known.items():
            vals = found.get(item)
            if recovery.state == "proposed" and vals:
                recovery.write(vals)
            elif recovery.state == "proposed":
                recovery.unlink()
            else:
                recovery.ledger_amount = vals["ledger_amount"] if vals else 0.0
        new = [vals for item, vals in found.items() if item not in known]
        if recoveries.create(new) and not self.activity_ids.filtered(
            lambda one: one.activity_type_id
            == self.env.ref("credit_insurance.activity_recovery")
        ):
            self._plan_recovery()

    def _plan_recovery(self) -> None:
        self.activity_schedule(
            "credit_insurance.activity_recovery",
            summary=self.env._("Money came in after the day of the loss"),
            user_id=(
                self.profile_id.collector_id or self.policy_id._get_responsible()
            ).id,
        )

    def _prepare_recovery(self, item, kind: str, booked: float) -> dict:
        amount = self._to_policy(booked, item.date)
        return {
            "claim_id": self.id,
            "item_id": item.id,
            "kind": kind,
            "state": "proposed",
            "date": item.date,
            "name": " ".join(filter(None, (item.move_name, item.move_id.ref))),
            "amount": amount,
            "ledger_amount": amount,
            "costs": self._get_agency_costs(item) if kind == "remittance" else 0.0,
        }

    def _to_policy(self, booked: float, day: date) -> float:
        """An amount in the company's currency in that of the policy."""
        company = self.company_id
        return company.currency_id._convert(booked, self.currency_id, company, day)

    def _get_agency_costs(self, item) -> float:
        """The fee for what ``item``, of a remittance, pays of the claim; what the
        debtor paid of the costs is no cost.
        """
        remittance = self.env["credit.collection.remittance"].search(
            [("move_id", "=", item.move_id.id)], limit=1
        )
        company, costs = self.company_id, 0.0
        for matching in item.matched_debit_ids:
            paid = matching.debit_move_id
            line = remittance.line_ids.filtered(
                lambda one, paid=paid: paid in one.file_id.line_ids.item_id
            )[:1]
            if paid in self.line_ids.item_id and line.principal:
                fee = max(line.fee - line.costs, 0.0)
                costs += fee * matching.debit_amount_currency / line.principal
        booked = remittance.currency_id._convert(
            costs, company.currency_id, company, item.date
        )
        return self._to_policy(booked, item.date)

    def _fetch_recoveries(self, as_of: date) -> dict[int, list[dict]]:
        """{claim id: rows of credit items}; amounts in the company's currency.

        ``matched`` pays invoices of the claim, ``free`` nothing yet.
        """
        self.env["credit.insurance.clock"]._flush_sources()
        flush(
            self.env,
            (
                "account.partial.reconcile",
                "credit.claim.recovery",
                "credit.collection.remittance",
            ),
        )
        found: dict[int, list[dict]] = {}
        for row in self.env.execute_query_dict(self._recoveries_sql(as_of)):
            found.setdefault(row["claim_id"], []).append(row)
        return found

    def _recoveries_sql(self, as_of: date) -> SQL:
        late = SQL(
            """f.id = ANY(%s) AND o.parent_state = 'posted' AND o.date <= %s
               AND (o.date >= f.loss_date OR o.id > f.last_item)""",
            self.ids,
            as_of,
        )
        return SQL(
            """
            SELECT * FROM (
                SELECT s.claim_id, s.item_id, SUM(s.matched)::float8 AS matched,
                       SUM(s.free)::float8 AS free, (%(kind)s) AS kind
                  FROM (SELECT f.id AS claim_id, o.id AS item_id, r.amount AS matched,
                               0 AS free
                          FROM credit_claim f
                          JOIN (%(debts)s) d ON d.claim_id = f.id
                          JOIN account_partial_reconcile r
                            ON r.debit_move_id = d.item_id
                          JOIN account_move_line o ON o.id = r.credit_move_id
                         WHERE %(late)s
                     UNION ALL
                        SELECT f.id, o.id, 0, -o.amount_residual
                          FROM credit_claim f
                          JOIN credit_profile p ON p.id = f.profile_id
                          JOIN res_partner rp
                            ON rp.commercial_partner_id = p.partner_id
                          JOIN account_move_line o ON o.partner_id = rp.id
                                                  AND o.company_id = p.company_id
                         WHERE %(late)s AND o.account_id = ANY(%(accounts)s)
                           AND o.reconciled IS NOT TRUE AND o.amount_residual < 0) s
                  JOIN account_move_line o ON o.id = s.item_id
                  JOIN account_move m ON m.id = o.move_id
                  JOIN account_journal j ON j.id = m.journal_id
              GROUP BY s.claim_id, s.item_id, m.id, j.id) k
             WHERE k.kind IS NOT NULL
          ORDER BY k.item_id
            """,
            kind=self._recovery_kind_sql(),
            late=late,
            debts=self._debts_sql(),
            accounts=self.env["credit.dunning"]._receivable_account_ids(),
        )

    def _debts_sql(self) -> SQL:
        """What money of the debtor pays: the invoices of a claim, and what he owes
        again since the insurer got it.
        """
        return SQL(
            """
            SELECT claim_id, item_id FROM credit_claim_line WHERE item_id IS NOT NULL
             UNION
            SELECT v.claim_id, d.id
              FROM credit_claim_recovery v
              JOIN account_move_line d ON d.move_id = v.entry_id
             WHERE d.account_id = ANY(%s) AND d.balance > 0
            """,
            self.env["credit.dunning"]._receivable_account_ids(),
        )

    def _recovery_kind_sql(self) -> SQL:
        """What an entry ``m`` of the journal ``j`` is. Nothing: an indemnity, a
        write-off, a difference of exchange.
        """
        return SQL(
            """
            CASE WHEN EXISTS (SELECT FROM account_move_credit_claim_rel e
                               WHERE e.account_move_id = m.id) THEN NULL
                 WHEN EXISTS (SELECT FROM credit_collection_remittance t
                               WHERE t.move_id = m.id) THEN 'remittance'
                 WHEN m.move_type = 'out_refund' THEN 'credit'
                 WHEN j.type IN ('bank', 'cash', 'credit') THEN 'payment'
                 WHEN EXISTS (SELECT FROM account_move_line p
                                JOIN account_account a ON a.id = p.account_id
                               WHERE p.move_id = m.id AND p.balance > 0
                                 AND a.account_type = 'liability_payable')
                      THEN 'offset' END
            """
        )
