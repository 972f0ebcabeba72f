"""Ageing of receivables, as of any date.

An item is open on date D with what it was posted for, less what had been
matched by D. The ledger already knows what is open *now*; whatever was matched
after D is added back, so that the cost follows the number of open items and
not the age of the ledger. Entries dated after D do not exist on D.

Every open item is kept: credit notes and unallocated payments stand, negative,
in the bucket of their due date and are shown once more in a column of their
own. Hence a debtor's buckets always add up to his balance, and all debtors to
the balance of the receivable accounts.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import BinaryIO
from uuid import uuid4

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.credit_control.core.ageing import BucketScheme
from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.database import flush

from ..report.ageing_workbook import AgeingWorkbook

DUE, INVOICED = "due", "date"
FETCH_SIZE = 5000
FLUSHED = {
    "account.move.line": None,
    "account.move": ["name", "move_type", "invoice_date"],
    "account.partial.reconcile": None,
    "account.account": ["account_type"],
    "account.journal": ["type"],
    "res.company": ["name", "sequence"],
    "res.partner": ["name", "ref", "commercial_partner_id", "country_id"],
    "credit.profile": ["partner_id", "company_id", "tier_id", "active"],
}


class CreditAgeing(models.AbstractModel):
    _name = "credit.ageing"
    _description = "Ageing of Receivables"

    # Public seams

    @api.model
    def _workbook(
        self,
        file: str | BinaryIO,
        companies,
        as_of: date,
        scheme,
        by: str = DUE,
        drafts: bool = False,
    ) -> None:
        """Write the ageing of ``companies`` into ``file``, a path or a stream.

        :param scheme: a credit.ageing.scheme or a BucketScheme
        :param by: days late count from the due date, or from the invoice date
        :param drafts: with invoices that aren't posted yet
        :raises AccessError: no Viewer, or not one of the user's companies
        """
        self._check_ageing_access(companies)
        AgeingWorkbook(
            self, file, companies, as_of, self._bucket_scheme(scheme), by, drafts
        ).write_workbook()

    @api.model
    def _aged_debtors(
        self, companies, as_of: date, scheme
    ) -> dict[tuple[int, int | bool], list[Decimal]]:
        """What each debtor owes per bucket, keyed by (company id, partner id).

        Items without a partner are under partner id False.
        """
        self._check_ageing_access(companies)
        self._flush_ageing()
        buckets = self._bucket_scheme(scheme)
        rows = self.env.execute_query(
            SQL(
                "SELECT item.company_id, item.partner_id, %s FROM (%s) item "
                "GROUP BY item.company_id, item.partner_id",
                self._bucket_sums(buckets, as_of),
                self._items_query(companies, as_of),
            )
        )
        return {
            (company_id, partner_id or False): [
                to_decimal(amount) for amount in amounts
            ]
            for company_id, partner_id, *amounts in rows
        }

    @api.model
    def _ledger_balances(self, companies, as_of: date) -> dict[int, Decimal]:
        """Balance of the receivable accounts per company id, posted up to
        ``as_of``: read from the accounts alone, to prove the ageing against."""
        rows = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "in", companies.ids),
                    ("parent_state", "=", "posted"),
                    ("date", "<=", as_of),
                    ("account_id.account_type", "=", "asset_receivable"),
                ],
                ["company_id"],
                ["balance:sum"],
            )
        )
        balances = {company.id: to_decimal(balance) for company, balance in rows}
        return {
            company.id: balances.get(company.id, Decimal(0)) for company in companies
        }

    # Hooks

    @api.model
    def _extra_debtor_columns(
        self, companies, as_of: date
    ) -> list[tuple[str, dict[int, Decimal]]]:
        """More money columns for the sheet of debtors: (label, {partner id:
        amount in company currency}).

        Override, call super and append. Called once per company, ``companies``
        holding just that one; the labels must not depend on it.
        """
        return []

    # Access

    @api.model
    def _check_ageing_access(self, companies) -> None:
        """SQL knows no access rules: refuse here what a form would refuse."""
        if self.env.su:
            return
        if not self.env.user.has_group("credit_control.group_viewer"):
            raise AccessError(
                self.env._("The ageing is for viewers of Credit Control.")
            )
        if not companies or companies - self.env.companies:
            raise AccessError(
                self.env._("You have no access to one of these companies.")
            )

    @api.model
    def _allowed_sql(self) -> SQL:
        """Conditions on the item ``line`` of the customer ``debtor``: what access
        rules on journal items and debtor files leave the user."""
        conditions = [SQL("TRUE")]
        if items := self._allowed_ids("account.move.line"):
            conditions.append(SQL("line.id IN %s", items))
        if hidden := self._hidden_sql(
            SQL("debtor.commercial_partner_id"), SQL("line.company_id")
        ):
            conditions.append(SQL("NOT %s", hidden))
        return SQL(" AND ").join(conditions)

    @api.model
    def _hidden_sql(self, partner: SQL, company: SQL) -> SQL | None:
        """Whether access rules hide the debtor file of ``partner`` in ``company`` from
        the user; None when they hide none of his companies."""
        profiles = self._allowed_ids("credit.profile")
        if not profiles:
            return None
        return SQL(
            """EXISTS (SELECT FROM credit_profile hidden
                        WHERE hidden.partner_id = %s AND hidden.company_id = %s
                          AND hidden.id NOT IN %s)""",
            partner,
            company,
            profiles,
        )

    @api.model
    def _allowed_ids(self, name: str) -> SQL | None:
        """Ids that access rules leave of a model; None when they say no more than
        that records are of the user's companies, which is checked already."""
        if self.env.su:
            return None
        model = self.env[name]
        rule = Domain(self.env["ir.rule"]._compute_domain(name, "read"))
        own = Domain("company_id", "in", self.env.companies.ids)
        if rule.optimize(model) in (Domain.TRUE, own.optimize(model)):
            return None
        query = model.sudo().with_context(active_test=False)._search(rule)
        return query.subselect()

    @api.model
    def _bucket_scheme(self, scheme) -> BucketScheme:
        return scheme if isinstance(scheme, BucketScheme) else scheme._buckets()

    @api.model
    def _bucket_label(self, low: int | None, high: int | None, by: str = DUE) -> str:
        if low is None and high == 0 and by == DUE:
            return self.env._("Not due")
        if low is None:
            return self.env._("Up to %(days)s days", days=high)
        if high is None:
            return self.env._("Over %(days)s days", days=low - 1)
        return self.env._("%(low)s–%(high)s days", low=low, high=high)

    # Queries

    @api.model
    def _flush_ageing(self) -> None:
        flush(self.env, FLUSHED)

    @api.model
    def _items_query(
        self, companies, as_of: date, by: str = DUE, drafts: bool = False
    ) -> SQL:
        """One row per item of a receivable account that was open on ``as_of``.

        The caller flushes (``_flush_ageing``) and has checked access.

        :param by: whether the column ``due``, from which days late count, is the
            due date or the invoice date; ``maturity`` is always the due date
        :param drafts: with invoices that aren't posted yet
        """
        maturity = SQL("COALESCE(line.date_maturity, line.date)")
        return SQL(
            """
            SELECT line.id, line.company_id, line.move_id, line.currency_id,
                   line.date, %(maturity)s AS maturity, %(due)s AS due, debtor.commercial_partner_id AS partner_id,
                   line.payment_id IS NOT NULL
                       OR line.statement_line_id IS NOT NULL
                       OR journal.type IN ('bank', 'cash', 'credit') AS is_payment,
                   line.amount_residual + COALESCE(later.amount, 0) AS residual,
                   line.amount_residual_currency
                       + COALESCE(later.amount_currency, 0) AS residual_currency
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              JOIN account_journal journal ON journal.id = line.journal_id
              LEFT JOIN res_partner debtor ON debtor.id = line.partner_id
              LEFT JOIN (%(later)s) later ON later.line_id = line.id
             WHERE account.account_type = 'asset_receivable'
               AND line.parent_state IN %(states)s
               AND line.company_id IN %(companies)s
               AND line.date <= %(as_of)s
               AND %(allowed)s
               AND (line.amount_residual + COALESCE(later.amount, 0) != 0
                    OR line.amount_residual_currency
                       + COALESCE(later.amount_currency, 0) != 0)
            """,
            maturity=maturity,
            due=maturity
            if by == DUE
            else SQL("COALESCE(line.invoice_date, line.date)"),
            later=self._matched_later(as_of),
            allowed=self._allowed_sql(),
            states=("posted", "draft") if drafts else ("posted",),
            companies=tuple(companies.ids) or (0,),
            as_of=as_of,
        )

    @api.model
    def _matched_later(self, as_of: date) -> SQL:
        """What was matched after ``as_of`` and thus still open on it, per line."""
        return SQL(
            """
            SELECT item_id AS line_id, SUM(company_amount) AS amount,
                   SUM(amount) AS amount_currency
              FROM (%s) matching
             WHERE max_date > %s
          GROUP BY item_id
            """,
            self.env["credit.dunning"]._matchings_sql(),
            as_of,
        )

    @api.model
    def _bucket_sums(self, scheme: BucketScheme, as_of: date) -> SQL:
        """The open amount per bucket of ``scheme``, as many SQL columns."""
        late = SQL("(%s - item.due)", as_of)
        return SQL(", ").join(
            SQL(
                "COALESCE(SUM(item.residual) FILTER (WHERE %s), 0)",
                SQL(" AND ").join(self._range_conditions(late, low, high)),
            )
            for low, high in scheme.ranges()
        )

    @api.model
    def _range_conditions(
        self, late: SQL, low: int | None, high: int | None
    ) -> list[SQL]:
        conditions = [SQL("TRUE")]
        if low is not None:
            conditions.append(SQL("%s >= %s", late, low))
        if high is not None:
            conditions.append(SQL("%s <= %s", late, high))
        return conditions

    @api.model
    def _debtor_rows(
        self, companies, as_of: date, scheme: BucketScheme, by: str, drafts: bool
    ) -> Iterator[tuple]:
        """(company id, partner id, name, reference, tier, country, unallocated
        credits, amount of each bucket...), by company and name."""
        self._flush_ageing()
        aged = SQL(
            "SELECT item.company_id, item.partner_id, ARRAY[%s] AS buckets, "
            "COALESCE(SUM(item.residual) FILTER (WHERE item.residual < 0), 0) "
            "AS credits FROM (%s) item GROUP BY item.company_id, item.partner_id",
            self._bucket_sums(scheme, as_of),
            self._items_query(companies, as_of, by, drafts),
        )
        return self._stream(
            SQL(
                """
                SELECT aged.company_id, aged.partner_id, partner.name, partner.ref,
                       %(tier)s, %(country)s, aged.credits, aged.buckets
                  FROM (%(aged)s) aged
                  JOIN res_company company ON company.id = aged.company_id
                  LEFT JOIN res_partner partner ON partner.id = aged.partner_id
                  LEFT JOIN res_country country ON country.id = partner.country_id
                  LEFT JOIN credit_profile profile
                    ON profile.partner_id = aged.partner_id
                   AND profile.company_id = aged.company_id
                  LEFT JOIN credit_risk_tier tier ON tier.id = profile.tier_id
                 ORDER BY COALESCE(company.sequence, 0), company.id,
                          partner.name, aged.partner_id
                """,
                aged=aged,
                tier=self.env["credit.risk.tier"]._field_to_sql("tier", "name"),
                country=self.env["res.country"]._field_to_sql("country", "name"),
            )
        )

    @api.model
    def _item_rows(
        self, companies, as_of: date, by: str = DUE, drafts: bool = False
    ) -> Iterator[tuple]:
        """(company id, partner id, debtor, reference, document, move type or "payment",
        document date, due date, day from which days late count, currency id, open amount in that currency, open
        amount in company currency), by company, debtor and due date."""
        self._flush_ageing()
        return self._stream(
            SQL(
                """
                SELECT item.company_id, item.partner_id, partner.name, partner.ref,
                       move.name, CASE WHEN item.is_payment THEN 'payment' ELSE move.move_type END,
                       COALESCE(move.invoice_date, item.date), item.maturity,
                       item.due, item.currency_id, item.residual_currency, item.residual
                  FROM (%s) item
                  JOIN account_move move ON move.id = item.move_id
                  JOIN res_company company ON company.id = item.company_id
                  LEFT JOIN res_partner partner ON partner.id = item.partner_id
                 ORDER BY COALESCE(company.sequence, 0), company.id, partner.name,
                          item.partner_id, item.due, item.id
                """,
                self._items_query(companies, as_of, by, drafts),
            )
        )

    @api.model
    def _movement_rows(self, companies, since: date, as_of: date) -> Iterator[tuple]:
        """(company id, partner id, name, reference, open on ``since``, invoices,
        credit notes, payments and other entries from the day after to ``as_of``), of
        who has any, by company and name. Posted entries."""
        self._flush_ageing()
        return self._stream(
            SQL(
                """
                SELECT moved.company_id, moved.partner_id, partner.name, partner.ref,
                       moved.sums
                  FROM (SELECT company_id, partner_id,
                               ARRAY[SUM(opening), SUM(invoices), SUM(refunds),
                                     SUM(others)] AS sums
                          FROM (%(opening)s UNION ALL %(moves)s) found
                      GROUP BY company_id, partner_id) moved
                  JOIN res_company company ON company.id = moved.company_id
             LEFT JOIN res_partner partner ON partner.id = moved.partner_id
                 ORDER BY COALESCE(company.sequence, 0), company.id,
                          partner.name, moved.partner_id
                """,
                opening=SQL(
                    """SELECT item.company_id, item.partner_id,
                              item.residual AS opening, 0 AS invoices, 0 AS refunds,
                              0 AS others FROM (%s) item""",
                    self._items_query(companies, since),
                ),
                moves=self._moves_sql(companies, since, as_of),
            )
        )

    @api.model
    def _moves_sql(self, companies, since: date, as_of: date) -> SQL:
        """What was entered on receivable accounts after ``since``, by kind."""
        return SQL(
            """
            SELECT line.company_id, debtor.commercial_partner_id AS partner_id, 0,
                   CASE WHEN move.move_type IN ('out_invoice', 'out_receipt')
                        THEN line.balance ELSE 0 END,
                   CASE WHEN move.move_type = 'out_refund' THEN line.balance ELSE 0 END,
                   CASE WHEN move.move_type NOT IN (
                            'out_invoice', 'out_receipt', 'out_refund')
                        THEN line.balance ELSE 0 END
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
         LEFT JOIN res_partner debtor ON debtor.id = line.partner_id
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id IN %(companies)s
               AND line.parent_state = 'posted'
               AND line.date > %(since)s AND line.date <= %(as_of)s
               AND %(allowed)s
            """,
            accounts=self.env["credit.dunning"]._receivable_account_ids(companies),
            companies=tuple(companies.ids),
            since=since,
            as_of=as_of,
            allowed=self._allowed_sql(),
        )

    @api.model
    def _stream(self, query: SQL) -> Iterator[tuple]:
        """The rows of ``query``, fetched in batches through a cursor on the
        server: memory does not grow with the ledger."""
        name = SQL.identifier(f"credit_ageing_{uuid4().hex}")
        # A cursor is planned for its first rows; all of them are wanted here.
        self.env.cr.execute("SET LOCAL cursor_tuple_fraction = 1")
        self.env.execute_query(SQL("DECLARE %s NO SCROLL CURSOR FOR %s", name, query))
        fetch = SQL("FETCH %s FROM %s", FETCH_SIZE, name)
        while rows := self.env.execute_query(fetch):
            yield from rows
        self.env.cr.execute(SQL("CLOSE %s", name))
