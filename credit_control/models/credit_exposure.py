from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..database import find_page, flush, spare_compiling

IN_FULL, NOT_AT_ALL = SQL("1"), SQL("0")
DRAFTS = "drafts"
NO_DRAFTS = SQL(
    """SELECT NULL::int AS partner, NULL::int AS company, 0::numeric AS draft_amount
        WHERE FALSE"""
)


class Scope(NamedTuple):
    """Whose exposure is asked for, on which day; everybody's where nothing is said.

    ``ledger`` is a day in the past whose open items count, instead of those of now.
    Of what :meth:`CreditExposure._get_rare` names, ``absent`` is what none of them has.
    """

    as_of: date
    partner_ids: list[int] | None = None
    company_ids: list[int] | None = None
    ledger: date | None = None
    absent: frozenset[str] = frozenset()

    def condition(self, partner: SQL, company: SQL) -> SQL:
        """What rows of ``partner`` and ``company`` must meet."""
        parts = [SQL("TRUE")]
        if self.partner_ids is not None:
            parts.append(SQL("%s = ANY(%s)", partner, self.partner_ids))
        if self.company_ids is not None:
            parts.append(SQL("%s = ANY(%s)", company, self.company_ids))
        return SQL(" AND ").join(parts)


class Source(NamedTuple):
    """One query with a row per ``partner`` (commercial) and ``company`` that has
    something, in the company's currency, and how far each of its columns counts.

    The factor may read the company as ``c``.
    """

    columns: dict[str, SQL]
    query: SQL


class Secured(NamedTuple):
    """What secures the exposure, joined to the row ``e`` by its ``id``; ``e.gross`` is
    the exposure before securities.

    ``amount`` reduces the exposure; ``spare`` is what is left of it for more.
    """

    join: SQL = SQL()
    amount: SQL = NOT_AT_ALL
    spare: SQL = NOT_AT_ALL


class CreditExposure(models.Model):
    """What would be lost if a debtor paid nothing any more, and where it stands.

    One row per debtor file, under its id. Figures are those of the file's company, in
    its currency, whatever company is looked at and whoever looks.
    """

    _name = "credit.exposure"
    _description = "Exposure"
    _auto = False
    _rec_name = "partner_id"
    _order = "exposure desc, id"
    _depends = {
        "account.journal": ["type"],
        "account.move": [
            "amount_total_signed",
            "commercial_partner_id",
            "company_id",
            "journal_id",
            "move_type",
            "state",
        ],
        "account.move.line": [
            "account_id",
            "amount_residual",
            "company_id",
            "date",
            "date_maturity",
            "parent_state",
            "partner_id",
            "reconciled",
        ],
        "credit.group": ["active", "limit"],
        "credit.profile": [
            "collector_id",
            "company_id",
            "group_id",
            "limit",
            "limit_currency_id",
            "no_limit",
            "partner_id",
            "temp_from",
            "temp_limit",
            "temp_until",
            "tier_id",
        ],
        "res.company": ["credit_counts_drafts", "currency_id"],
        "res.partner": ["commercial_partner_id", "country_id", "industry_id"],
    }

    profile_id = fields.Many2one("credit.profile", string="Debtor file", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)

    claim_amount = fields.Monetary(
        string="Open items", readonly=True, help="Posted and not paid, due or not."
    )
    overdue_amount = fields.Monetary(
        string="Overdue", readonly=True, help="The part of the open items that is late."
    )
    credit_amount = fields.Monetary(
        string="Unallocated credits",
        readonly=True,
        help="Payments and credit notes not matched with an invoice yet: they reduce "
        "the exposure.",
    )
    draft_amount = fields.Monetary(
        string="Draft invoices",
        readonly=True,
        help="Taxes included. Draft credit notes don't count before they are posted.",
    )
    counts_drafts = fields.Boolean(string="Drafts count", readonly=True)
    gross = fields.Monetary(
        string="Before securities", readonly=True, help="Exposure before securities."
    )
    security_amount = fields.Monetary(
        string="Secured otherwise",
        readonly=True,
        help="What is secured, whatever the debtor pays: it reduces the exposure.",
    )
    spare_security = fields.Monetary(
        string="Security left",
        readonly=True,
        help="What securities still stand for if the debtor owes more.",
    )
    exposure = fields.Monetary(readonly=True)
    has_limit = fields.Boolean(readonly=True)
    limit = fields.Monetary(string="Credit limit", readonly=True)
    available = fields.Monetary(string="Available credit", readonly=True)
    use_percent = fields.Float(string="Limit used", readonly=True, aggregator=None)
    is_over_limit = fields.Boolean(string="Over the limit", readonly=True)

    # -- sources ---------------------------------------------------------------

    @api.model
    def _get_sources(self, scope: Scope) -> dict[str, Source]:
        """What the exposure is made of, by name.

        To be extended: add a source and the field of each of its columns. Sources
        that name the same column add up in it; a factor of -1 takes it off.
        """
        return {
            "ledger": Source(
                {
                    "claim_amount": IN_FULL,
                    "overdue_amount": NOT_AT_ALL,
                    "credit_amount": IN_FULL,
                },
                self._ledger_sql(scope),
            ),
            DRAFTS: Source(
                {"draft_amount": SQL("c.credit_counts_drafts::int")},
                self._drafts_sql(scope),
            ),
        }

    @api.model
    def _get_secured(self, scope: Scope) -> Secured:
        """What others answer for, so that it isn't at risk. To be extended."""
        return Secured()

    @api.model
    def _get_cover_columns(self, scope: Scope) -> tuple[SQL, dict[str, SQL]]:
        """How the exposure of the row ``x`` is covered: a join by its ``id`` and the
        amount of each column, which has a field. It splits the exposure and changes
        nothing of it. To be extended, with :meth:`_get_cover_fields`.
        """
        return SQL(), {}

    @api.model
    def _get_cover_fields(self) -> set[str]:
        """The fields that :meth:`_get_cover_columns` fills. To be extended."""
        return set()

    @api.model
    def _ledger_sql(self, scope: Scope) -> SQL:
        """Open receivable items."""
        if scope.partner_ids is not None:
            return self._ledger_of_sql(scope)
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner, i.company,
                   COALESCE(SUM(i.not_due), 0) + COALESCE(SUM(i.overdue), 0)
                       AS claim_amount,
                   SUM(i.overdue) AS overdue_amount, SUM(i.credit) AS credit_amount
              FROM (SELECT l.partner_id AS partner, %(sums)s
                      FROM account_move_line l
                     WHERE %(is_open)s AND %(whose)s AND l.account_id = ANY(%(accounts)s)
                  GROUP BY l.partner_id, l.company_id) i
              JOIN res_partner rp ON rp.id = i.partner
          GROUP BY rp.commercial_partner_id, i.company
            """,
            sums=self._item_sums_sql(scope),
            is_open=self._is_open_sql(),
            whose=scope.condition(SQL(), SQL("l.company_id")),
            accounts=self.env["credit.dunning"]._receivable_account_ids(),
        )

    @api.model
    def _ledger_of_sql(self, scope: Scope) -> SQL:
        """Those of some debtors: in one step, which is planned sooner; the index is by
        contact.
        """
        partner = SQL("rp.commercial_partner_id")
        return SQL(
            """
            SELECT i.partner, i.company, i.overdue AS overdue_amount,
                   COALESCE(i.not_due, 0) + COALESCE(i.overdue, 0) AS claim_amount,
                   i.credit AS credit_amount
              FROM (SELECT %(partner)s AS partner, %(sums)s
                      FROM account_move_line l
                      JOIN res_partner rp ON rp.id = l.partner_id
                     WHERE %(is_open)s AND %(whose)s
                       AND l.account_id = ANY(ARRAY(
                           SELECT id FROM account_account
                            WHERE account_type = 'asset_receivable'))
                  GROUP BY %(partner)s, l.company_id) i
            """,
            partner=partner,
            sums=self._item_sums_sql(scope),
            is_open=self._is_open_sql(),
            whose=scope.condition(partner, SQL("l.company_id")),
        )

    @api.model
    def _is_open_sql(self) -> SQL:
        return SQL("l.reconciled IS NOT TRUE AND l.parent_state = 'posted'")

    @api.model
    def _item_sums_sql(self, scope: Scope) -> SQL:
        """Each item ``l`` once, since adding up is what takes the time."""
        return SQL(
            """l.company_id AS company,
               SUM(l.amount_residual) FILTER (
                   WHERE %(claim)s AND %(due)s >= %(as_of)s) AS not_due,
               SUM(l.amount_residual) FILTER (
                   WHERE %(claim)s AND %(due)s < %(as_of)s) AS overdue,
               SUM(l.amount_residual) FILTER (WHERE NOT %(claim)s) AS credit""",
            claim=SQL("l.amount_residual > 0"),
            due=SQL("COALESCE(l.date_maturity, l.date)"),
            as_of=scope.as_of,
        )

    @api.model
    def _drafts_sql(self, scope: Scope) -> SQL:
        if DRAFTS in scope.absent:
            return NO_DRAFTS
        return SQL(
            """
            SELECT m.commercial_partner_id AS partner, m.company_id AS company,
                   SUM(m.amount_total_signed) AS draft_amount
              FROM account_move m
             WHERE %s AND %s
          GROUP BY m.commercial_partner_id, m.company_id
            """,
            self._is_draft_sql(),
            scope.condition(SQL("m.commercial_partner_id"), SQL("m.company_id")),
        )

    @api.model
    def _is_draft_sql(self) -> SQL:
        """Whether the entry ``m`` is a draft invoice; the index is by journal."""
        return SQL(
            """m.journal_id = ANY (ARRAY(SELECT id FROM account_journal
                                          WHERE type = 'sale'))
               AND m.state = 'draft' AND m.move_type IN ('out_invoice', 'out_receipt')"""
        )

    # -- all together ----------------------------------------------------------

    @property
    def _table_query(self) -> SQL:
        # See :meth:`_read_alone`: without those who share their limit, what is
        # available of a group would be wrong.
        whose = self.env.context.get("credit_exposure_of")
        spare_compiling(self.env.cr)
        return self._exposure_sql(Scope(fields.Date.context_today(self), whose))

    @api.model
    def _exposure_sql(self, scope: Scope) -> SQL:
        """The rows of those asked for with what their limits leave."""
        bare = self.env.context.get("credit_exposure_bare")
        join, cover = (SQL(), {}) if bare else self._get_cover_columns(scope)
        return SQL(
            """
            SELECT x.*, x."limit" IS NOT NULL AS has_limit,
                   LEAST(x.left_alone, x.group_left) AS available,
                   x.exposure / NULLIF(x."limit", 0) AS use_percent,
                   COALESCE(LEAST(x.left_alone, x.group_left) < 0, FALSE)
                       AS is_over_limit %(cover)s
              FROM (SELECT n.*, cp.country_id, cp.industry_id,
                           n."limit" + n.spare_security - n.exposure AS left_alone,
                           g."limit" + n.spare_security
                               - SUM(n.exposure) OVER (PARTITION BY g.id)
                               AS group_left
                      FROM (%(own)s) n
                 LEFT JOIN credit_group g ON g.id = n.group_id AND g.active
                 LEFT JOIN res_partner cp ON cp.id = n.partner_id) x %(join)s
            """,
            own=self._at_risk_sql(scope),
            join=join,
            cover=self._select_sql(cover),
        )

    @api.model
    def _at_risk_sql(self, scope: Scope, profiles=None) -> SQL:
        """What is at risk with those asked for: joined to the debtor files, so that the
        database leaves out what a reader doesn't ask for.
        """
        sources, secured = self._get_sources(scope), self._get_secured(scope)
        return SQL(
            """
            SELECT e.*, %(secured)s AS security_amount,
                   e.gross - %(secured)s AS exposure, %(spare)s AS spare_security
              FROM (SELECT p.id, p.id AS profile_id, p.partner_id, p.company_id,
                           p.tier_id, p.collector_id, p.group_id, c.currency_id,
                           c.credit_counts_drafts AS counts_drafts, %(columns)s,
                           %(limit)s AS "limit", %(total)s AS gross
                      FROM credit_profile p
                 LEFT JOIN res_company c ON c.id = p.company_id
                           %(joins)s
                     WHERE %(whose)s) e %(join)s
            """,
            secured=secured.amount,
            spare=secured.spare,
            join=secured.join,
            columns=self._columns_sql(sources),
            limit=self.env["credit.profile"]._limit_sql(profiles=profiles),
            total=self._total_sql(sources),
            joins=self._joins_sql(sources),
            whose=scope.condition(SQL("p.partner_id"), SQL("p.company_id"))
            if profiles is None
            else SQL("p.id = ANY(%s)", profiles.ids),
        )

    @api.model
    def _select_sql(self, columns: dict[str, SQL]) -> SQL:
        return SQL().join(
            SQL(", %s AS %s", amount, SQL.identifier(column))
            for column, amount in columns.items()
        )

    @api.model
    def _columns_sql(self, sources: dict[str, Source]) -> SQL:
        columns: dict[str, list[SQL]] = {}
        for name, source in sources.items():
            for column in source.columns:
                columns.setdefault(column, []).append(self._value_sql(name, column))
        return SQL(", ").join(
            SQL("%s AS %s", SQL(" + ").join(values), SQL.identifier(column))
            for column, values in columns.items()
        )

    @api.model
    def _total_sql(self, sources: dict[str, Source]) -> SQL:
        return SQL(" + ").join(
            SQL("%s * %s", factor, self._value_sql(name, column))
            for name, source in sources.items()
            for column, factor in source.columns.items()
            if factor is not NOT_AT_ALL
        )

    @api.model
    def _value_sql(self, name: str, column: str) -> SQL:
        return SQL("COALESCE(%s, 0)", SQL.identifier(name, column))

    @api.model
    def _joins_sql(self, sources: dict[str, Source]) -> SQL:
        return SQL(" ").join(
            SQL(
                "LEFT JOIN (%(query)s) %(name)s ON %(partner)s = p.partner_id "
                "AND %(company)s = p.company_id",
                query=source.query,
                name=SQL.identifier(name),
                partner=SQL.identifier(name, "partner"),
                company=SQL.identifier(name, "company"),
            )
            for name, source in sources.items()
        )

    @api.model
    def _fetch_figures(self, profiles, as_of: date, names) -> dict[int, dict]:
        """What is at risk with ``profiles`` by id: the columns ``names``, in one query;
        for who may not read them, too, since a limit doesn't depend on who looks.
        """
        if not profiles.ids:
            return {}
        self._flush_sources()
        scope = Scope(as_of, profiles.partner_id.ids, profiles.company_id.ids)
        scope = scope._replace(absent=self._find_absent(scope))
        columns = {name: SQL.identifier("x", name) for name in names}
        join = SQL()
        if self._get_cover_fields() & columns.keys():
            join, cover = self._get_cover_columns(scope)
            columns |= {name: cover[name] for name in columns.keys() & cover.keys()}
        # Nothing but what is asked for, without the limits: an order waits for the plan
        # of the query, which takes longer than the query.
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT x.id%s FROM (%s) x %s",
                self._select_sql(columns),
                self._at_risk_sql(scope, profiles),
                join,
            )
        )
        return {row["id"]: row for row in rows}

    @api.model
    def _get_rare(self, scope: Scope) -> dict[str, SQL]:
        """What most debtors don't have, by name → whether one of them has it.

        To be extended. An order waits while the database plans to look for all of it,
        which takes far longer than to find out that there is nothing.
        """
        return {
            DRAFTS: SQL(
                "EXISTS (SELECT FROM account_move m WHERE %s AND %s)",
                self._is_draft_sql(),
                scope.condition(SQL("m.commercial_partner_id"), SQL("m.company_id")),
            )
        }

    @api.model
    def _find_absent(self, scope: Scope) -> frozenset[str]:
        rare = self._get_rare(scope)
        [row] = self.env.execute_query(SQL("SELECT %s", SQL(", ").join(rare.values())))
        found = dict(zip(rare, row, strict=True))
        return frozenset(name for name, is_there in found.items() if not is_there)

    @api.model
    def _create_missing_files(self, company, as_of: date) -> None:
        """Debtor files of everybody with whom something is at risk."""
        self._flush_sources()
        sources = self._get_sources(Scope(as_of, None, company.ids))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT s.partner
                  FROM (%s) s
             LEFT JOIN credit_profile p ON p.partner_id = s.partner
                                       AND p.company_id = %s
                 WHERE p.id IS NULL AND s.partner IS NOT NULL
                """,
                SQL(" UNION ").join(
                    SQL("SELECT partner FROM (%s) q", source.query)
                    for source in sources.values()
                ),
                company.id,
            )
        )
        if rows:
            partner_ids = [partner_id for (partner_id,) in rows]
            self.env["credit.profile"]._insert_missing(partner_ids, company)

    @api.model
    def _flush_sources(self) -> None:
        flush(self.env, self._depends)

    @api.model
    @api.readonly
    def web_search_read(
        self, domain, specification, offset=0, limit=None, order=None, count_limit=None
    ):
        """The page and the number of all rows from one query: adding up is what takes
        the time. All that neither sorts nor filters is asked afterwards, of those
        shown.
        """
        if not limit:
            return super().web_search_read(
                domain, specification, offset, limit, order, count_limit
            )
        order = order or self._order
        # How all are covered takes as long again: only where it sorts or filters.
        bare = not self._get_cover_fields() & self._get_searched_fields(domain, order)
        asked = self.with_context(credit_exposure_bare=bare)
        ids, length = find_page(asked, domain, offset, limit, order)
        page = self.browse(ids)._read_alone()
        return {"length": length, "records": page.web_read(specification)}

    @api.model
    def _get_searched_fields(self, domain, order: str) -> set[str]:
        """What rows are found and sorted by."""
        conditions = Domain(domain).iter_conditions()
        found = {condition.field_expr.split(".")[0] for condition in conditions}
        return found | {part.split()[0] for part in order.split(",")}

    def _read_alone(self):
        """The same, read of these debtors and of those who share a limit with them: for
        some it takes far less than for all.
        """
        files = self.env["credit.profile"].sudo().browse(self.ids)
        groups = files.group_id.with_context(active_test=False)
        partners = (files | groups.member_ids).partner_id
        return self.with_context(credit_exposure_of=partners.ids)

    # -- what stands behind a figure -------------------------------------------

    def action_open_profile(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Debtor"),
            "res_model": "credit.profile",
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_view_claims(self):
        return self._view_items(Domain("amount_residual", ">", 0))

    def action_view_overdue(self):
        as_of = fields.Date.context_today(self)
        return self._view_items(
            Domain("amount_residual", ">", 0)
            & (
                Domain("date_maturity", "<", as_of)
                | Domain("date_maturity", "=", False) & Domain("date", "<", as_of)
            )
        )

    def action_view_credits(self):
        return self._view_items(Domain("amount_residual", "<", 0))

    def _view_items(self, condition: Domain) -> dict:
        action = self.profile_id.action_view_items()
        return {**action, "domain": list(Domain(action["domain"]) & condition)}

    def action_view_drafts(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Draft invoices of %s", self.partner_id.display_name),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [
                ("commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("move_type", "in", ("out_invoice", "out_receipt")),
                ("state", "=", "draft"),
            ],
            "context": {"create": False},
        }
