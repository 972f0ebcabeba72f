import csv
import io
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.database import flush
from odoo.addons.credit_control.rights import check_officer

from ..core.premium import Premium, Tariff, premium

# Written by the actions.
GUARDED = {"state", "sent_date"}
# What the insurer was told.
TOLD = {"policy_id", "kind", "date_from", "date_to", "line_ids"}


class CreditDeclaration(models.Model):
    """What an insurer is told of a period: turnover and overdues, and the premium.

    A month is declared; at the end of the policy year the premium is settled, with its
    minimum and the advances.
    """

    _name = "credit.declaration"
    _description = "Declaration to the Insurer"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.insurer.mail"]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "credit.insurance.policy",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["credit.insurance.policy"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        ),
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    insurer_id = fields.Many2one(related="policy_id.insurer_id")
    kind = fields.Selection(
        [("month", "Declaration"), ("year", "Settlement of the policy year")],
        required=True,
        default="month",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self._get_last_month()[0],
        tracking=True,
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self._get_last_month()[1],
        tracking=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("sent", "Declared"), ("closed", "Reconciled")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    sent_date = fields.Date(string="Declared on", readonly=True, copy=False)
    line_ids = fields.One2many(
        "credit.declaration.line", "declaration_id", string="Debtors", copy=False
    )
    turnover = fields.Monetary(compute="_compute_totals", store=True)
    overdue = fields.Monetary(compute="_compute_totals", store=True)
    beyond = fields.Monetary(
        string="Past the extension period", compute="_compute_totals", store=True
    )
    premium_earned = fields.Monetary(
        string="Premium by turnover", compute="_compute_premium"
    )
    premium_due = fields.Monetary(
        string="Premium", compute="_compute_premium", help="At least the minimum."
    )
    premium_advance = fields.Monetary(string="Advances", compute="_compute_premium")
    premium_balance = fields.Monetary(string="Still to pay", compute="_compute_premium")
    premium_tax = fields.Monetary(string="Insurance tax", compute="_compute_premium")
    premium_total = fields.Monetary(
        string="Expected on the bill", compute="_compute_premium"
    )
    bill_id = fields.Many2one(
        "account.move",
        string="Insurer's bill",
        copy=False,
        check_company=True,
        domain="[('move_type', 'in', ('in_invoice', 'in_refund')), "
        "('commercial_partner_id', '=', insurer_id), ('company_id', '=', company_id)]",
    )
    bill_amount = fields.Monetary(string="Billed", compute="_compute_bill")
    difference = fields.Monetary(
        compute="_compute_bill", help="What was billed beyond what was expected."
    )

    _days_in_order = models.Constraint(
        "CHECK (date_from <= date_to)", "The declaration ends before it begins."
    )
    _period_uniq = models.UniqueIndex(
        "(policy_id, kind, date_from)", "This period is declared already."
    )

    @api.model
    def _get_last_month(self) -> tuple[date, date]:
        first = fields.Date.context_today(self).replace(day=1)
        return first - relativedelta(months=1), first - relativedelta(days=1)

    @api.depends("policy_id.number", "kind", "date_from", "date_to")
    def _compute_display_name(self):
        for declaration in self:
            declaration.display_name = self.env._(
                "%(policy)s %(start)s – %(end)s",
                policy=declaration.policy_id.number or "",
                start=format_date(self.env, declaration.date_from),
                end=format_date(self.env, declaration.date_to),
            )

    @api.constrains("date_from", "date_to", "policy_id", "kind")
    def _check_overlap(self):
        for one in self:
            other = self.search(
                [
                    ("policy_id", "=", one.policy_id.id),
                    ("kind", "=", one.kind),
                    ("id", "!=", one.id),
                    ("date_from", "<=", one.date_to),
                    ("date_to", ">=", one.date_from),
                ],
                limit=1,
            )
            if other:
                raise ValidationError(
                    self.env._("A part of this is in %s already.", other.display_name)
                )

    @api.onchange("kind", "policy_id")
    def _onchange_kind(self):
        if self.kind == "year" and self.policy_id and self.date_to:
            year = self.policy_id._get_year(self.date_to)
            self.date_from, self.date_to = year

    # -- figures ---------------------------------------------------------------

    @api.depends("line_ids.turnover", "line_ids.overdue", "line_ids.beyond")
    def _compute_totals(self):
        for declaration in self:
            lines = declaration.line_ids
            declaration.turnover = sum(lines.mapped("turnover"))
            declaration.overdue = sum(lines.mapped("overdue"))
            declaration.beyond = sum(lines.mapped("beyond"))

    @api.depends(
        "turnover",
        "kind",
        "policy_id.premium_rate",
        "policy_id.premium_tax",
        "policy_id.minimum_premium",
        "policy_id.premium_advance",
    )
    def _compute_premium(self):
        for declaration in self:
            found = declaration._get_premium()
            declaration.premium_earned = float(found.earned)
            declaration.premium_due = float(found.due)
            declaration.premium_advance = float(declaration._get_advance())
            declaration.premium_balance = float(found.balance)
            declaration.premium_tax = float(found.tax)
            declaration.premium_total = float(found.total)

    def _get_premium(self) -> Premium:
        quantum = to_decimal(self.currency_id.rounding or 0.01)
        return premium(to_decimal(self.turnover), self._get_tariff(), quantum)

    def _get_tariff(self) -> Tariff:
        """Minimum and advances are of the year: a month has neither."""
        policy = self.policy_id.sudo()
        is_year = self.kind == "year"
        return Tariff(
            to_decimal(policy.premium_rate),
            to_decimal(policy.minimum_premium if is_year else 0),
            self._get_advance(),
            to_decimal(policy.premium_tax),
        )

    def _get_advance(self) -> Decimal:
        is_year = self.kind == "year"
        return to_decimal(self.policy_id.sudo().premium_advance if is_year else 0)

    @api.depends("bill_id.amount_total", "premium_total")
    def _compute_bill(self):
        for declaration in self:
            bill = declaration.bill_id.sudo()
            sign = -1 if bill.move_type == "in_refund" else 1
            amount = bill and bill.currency_id._convert(
                bill.amount_total * sign,
                declaration.currency_id,
                declaration.company_id,
                bill.invoice_date or declaration.date_to,
            )
            declaration.bill_amount = amount or 0.0
            declaration.difference = amount - declaration.premium_total if bill else 0.0

    # -- rights ----------------------------------------------------------------

    def write(self, vals):
        if not self.env.su and GUARDED & vals.keys():
            raise AccessError(self.env._("Use the buttons of the declaration."))
        if TOLD & vals.keys():
            self._check_not_told()
        return super().write(vals)

    def _check_not_told(self) -> None:
        if not self.env.su and any(one.state != "draft" for one in self):
            raise UserError(self.env._("What was declared stays."))

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(GUARDED & vals.keys() for vals in vals_list):
            raise AccessError(self.env._("A declaration begins as a draft."))
        declarations = super().create(vals_list)
        for declaration in declarations.sudo().filtered(lambda one: not one.line_ids):
            declaration._fill()
        return declarations

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if any(declaration.state != "draft" for declaration in self):
            raise UserError(self.env._("What was declared stays."))

    def _as_officer(self, *states):
        check_officer(self.env, self.env._("Only credit officers declare turnover."))
        self.check_access("write")
        if any(declaration.state not in states for declaration in self):
            raise UserError(self.env._("The declaration has gone on: load it again."))
        return self.sudo()

    # -- fill ------------------------------------------------------------------

    def action_fill(self):
        """Read turnover and overdues from the ledger again."""
        for declaration in self._as_officer("draft"):
            declaration._fill()
        return True

    def _fill(self) -> None:
        rows = self.env.execute_query_dict(self._figures_sql())
        policy = self.policy_id
        rates = {
            company.id: self.env["res.currency"]._get_conversion_rate(
                company.currency_id,
                policy.currency_id,
                policy.company_id,
                self.date_to,
            )
            for company in policy.company_id | policy.co_insured_ids
        }
        convert = policy.currency_id.round
        self.line_ids.unlink()
        self.env.execute_query(
            self._insert_sql(
                rows,
                {
                    name: [
                        convert(float(row[name]) * rates[row["company_id"]])
                        for row in rows
                    ]
                    for name in ("turnover", "overdue", "beyond")
                },
            )
        )
        self.invalidate_recordset(["line_ids"])
        self.modified(["line_ids"])

    def _insert_sql(self, rows: list[dict], amounts: dict[str, list[float]]) -> SQL:
        """The lines of all debtors, in the order of ``rows``."""
        return SQL(
            """
            INSERT INTO credit_declaration_line (declaration_id, company_id, profile_id,
                   country_id, oldest_due, turnover, overdue, beyond, correction,
                   unsettled, create_uid, create_date, write_uid, write_date)
            SELECT %(declaration)s, %(company)s, r.profile, r.country, r.oldest,
                   r.turnover, r.overdue, r.beyond, 0, 0, %(user)s, %(now)s, %(user)s,
                   %(now)s
              FROM unnest(%(profiles)s::int[], %(countries)s::int[], %(oldest)s::date[],
                          %(turnover)s::numeric[], %(overdue)s::numeric[],
                          %(beyond)s::numeric[])
                   WITH ORDINALITY AS r (profile, country, oldest, turnover, overdue,
                                         beyond, place)
          ORDER BY r.place
         RETURNING id
            """,
            declaration=self.id,
            company=self.company_id.id,
            user=self.env.uid,
            now=self.env.cr.now(),
            profiles=[row["profile_id"] for row in rows],
            countries=[row["country_id"] for row in rows],
            oldest=[row["oldest_due"] for row in rows],
            **amounts,
        )

    def _figures_sql(self) -> SQL:
        """Per debtor: turnover of the period, and what was overdue at its end."""
        policy = self.policy_id
        self.env["credit.dunning"]._flush_sources()
        flush(self.env, ("account.move", "credit.insurance.period", "credit.profile"))
        amount = (
            "amount_total_signed" if policy.vat_covered else "amount_untaxed_signed"
        )
        return SQL(
            """
            SELECT p.id AS profile_id, p.company_id, c.country_id,
                   COALESCE(t.amount, 0) AS turnover, COALESCE(o.overdue, 0) AS overdue,
                   COALESCE(o.beyond, 0) AS beyond, o.oldest_due
              FROM credit_profile p
              JOIN res_partner c ON c.id = p.partner_id
         LEFT JOIN (SELECT m.commercial_partner_id AS partner, m.company_id AS company,
                           SUM(m.%(amount)s) AS amount
                      FROM account_move m
                     WHERE m.state = 'posted'
                       AND m.move_type IN ('out_invoice', 'out_refund')
                       AND m.company_id = ANY(%(companies)s)
                       AND m.invoice_date BETWEEN %(start)s AND %(end)s
                  GROUP BY m.commercial_partner_id, m.company_id) t
                ON t.partner = p.partner_id AND t.company = p.company_id
         LEFT JOIN (%(overdue)s) o ON o.profile_id = p.id
             WHERE p.company_id = ANY(%(companies)s)
               AND (t.amount <> 0 OR o.overdue <> 0)
               AND %(whose)s
          ORDER BY c.country_id, p.id
            """,
            amount=SQL.identifier(amount),
            companies=(policy.company_id | policy.co_insured_ids).ids,
            start=self.date_from,
            end=self.date_to,
            overdue=self._overdue_sql(),
            whose=self._whose_sql(),
        )

    def _whose_sql(self) -> SQL:
        if self.policy_id.turnover_of == "insured":
            return SQL(
                "p.id IN (SELECT profile_id FROM (%s) r WHERE r.policy_id = %s)",
                self.env["credit.insurance.clock"]._periods_sql(),
                self.policy_id.id,
            )
        return SQL("(%s) = 'business'", self.env["credit.profile"]._debtor_kind_sql())

    def _overdue_sql(self) -> SQL:
        """What was overdue at the end of the period, and what of it was past the
        extension period of the debtor's country, in the company's currency.

        Money that was matched with nothing then counts for the oldest items.
        """
        return SQL(
            """
            SELECT i.profile_id, SUM(i.open) AS overdue,
                   SUM(i.open) FILTER (WHERE i.first_due + i.extension <= %(end)s)
                       AS beyond, MIN(i.first_due) AS oldest_due
              FROM (SELECT o.profile_id, o.first_due, o.extension,
                           LEAST(o.open, SUM(o.open) FILTER (WHERE o.open > 0) OVER (
                                    PARTITION BY o.profile_id
                                    ORDER BY o.open < 0, o.first_due, o.id)
                               + COALESCE(SUM(o.open) FILTER (WHERE o.open < 0) OVER (
                                    PARTITION BY o.profile_id), 0)) AS open
                      FROM (%(open)s) o) i
             WHERE i.open > 0 AND i.first_due < %(end)s
          GROUP BY i.profile_id
            """,
            end=self.date_to,
            open=self._open_sql(),
        )

    def _open_sql(self) -> SQL:
        """Items as they were open at the end of the period."""
        return SQL(
            """
            SELECT l.id, p.id AS profile_id, %(first_due)s AS first_due,
                   %(extension)s AS extension,
                   l.amount_residual + COALESCE(later.amount, 0) AS open
              FROM account_move_line l
              JOIN res_partner rp ON rp.id = l.partner_id
              JOIN credit_profile p ON p.partner_id = rp.commercial_partner_id
                                   AND p.company_id = l.company_id
              JOIN res_partner c ON c.id = p.partner_id
         LEFT JOIN (SELECT item_id, SUM(company_amount) AS amount
                      FROM (%(matchings)s) x WHERE max_date > %(end)s
                  GROUP BY item_id) later ON later.item_id = l.id
             WHERE l.account_id = ANY(%(accounts)s)
               AND l.parent_state = 'posted'
               AND l.date <= %(end)s
               AND (l.reconciled IS NOT TRUE OR later.item_id IS NOT NULL)
            """,
            first_due=self.env["credit.insurance.due"]._first_due_sql(),
            extension=self._extension_sql(),
            end=self.date_to,
            matchings=self.env["credit.dunning"]._matchings_sql(),
            accounts=self.env["credit.dunning"]._receivable_account_ids(),
        )

    def _extension_sql(self) -> SQL:
        """Days of the extension period for the debtor ``c``, by his country."""
        policy = self.policy_id
        countries = policy.terms_ids.country_ids
        return SQL(
            """COALESCE((SELECT t.days FROM unnest(%s::int[], %s::int[]) t(country, days)
                          WHERE t.country = c.country_id), %s)""",
            countries.ids,
            [policy._get_terms(country).extension_days for country in countries],
            policy._get_terms(countries.browse()).extension_days,
        )

    # -- actions ---------------------------------------------------------------

    def action_send(self):
        """Mail the declaration to the insurer."""
        declarations = self._as_officer("draft")
        declarations._check_insurer_email()
        for declaration in declarations:
            declaration._mail_insurer(
                "credit_insurance.mail_template_declaration",
                attachments=[declaration._render(kind) for kind in ("csv", "xlsx")],
            )
            declaration._declare()
        return True

    def action_mark_sent(self):
        """It was entered on the insurer's site."""
        for declaration in self._as_officer("draft"):
            declaration._declare()
        return True

    def _declare(self) -> None:
        self.write({"state": "sent", "sent_date": self.company_id._credit_today()})

    def action_close(self):
        """The insurer's bill is right, or its difference is explained."""
        for declaration in self._as_officer("sent"):
            if not declaration.bill_id:
                raise UserError(self.env._("Choose the insurer's bill first."))
            declaration.state = "closed"
        return True

    def action_draft(self):
        self._as_officer("sent").write({"state": "draft", "sent_date": False})
        return True

    # -- files -----------------------------------------------------------------

    def _get_file_name(self) -> str:
        return f"{self.policy_id.number} {self.date_from} {self.date_to}".replace(
            "/", "-"
        )

    def _render(self, kind: str) -> tuple[str, bytes]:
        file = io.BytesIO()
        getattr(self, f"_write_{kind}")(file)
        return f"{self._get_file_name()}.{kind}", file.getvalue()

    def action_download_csv(self):
        return self._get_download_action("csv")

    def action_download_xlsx(self):
        return self._get_download_action("xlsx")

    def _get_download_action(self, kind: str) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/credit_insurance/declaration/{self.id}.{kind}",
            "target": "download",
        }

    def _get_headers(self) -> list[str]:
        return [
            self.env._("Policy"),
            self.env._("From"),
            self.env._("To"),
            self.env._("Country"),
            self.env._("Debtor"),
            self.env._("VAT number"),
            self.env._("Insurer's buyer number"),
            self.env._("Turnover"),
            self.env._("Overdue"),
            self.env._("Past the extension period"),
            self.env._("Oldest due date"),
            self.env._("Currency"),
        ]

    def _write_csv(self, file: BinaryIO) -> None:
        """For machines: days as in ISO, amounts with a point."""
        text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text, delimiter=";")
        writer.writerow(self._get_headers())
        for line in self.line_ids:
            writer.writerow(
                [value if value is not None else "" for value in line._get_cells(str)]
            )
        text.detach()

    # -- planned ---------------------------------------------------------------

    @api.model
    def _prepare_all(self, company, as_of: date) -> None:
        """Last month of every policy that bears a premium, for an officer to look at."""
        last = as_of.replace(day=1) - relativedelta(days=1)
        first = last.replace(day=1)
        policies = self.env["credit.insurance.policy"].search(
            [
                ("company_id", "=", company.id),
                ("premium_rate", ">", 0),
                ("date_from", "<=", last),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", first),
            ]
        )
        for policy in policies:
            start = max(first, policy.date_from)
            end = min(last, policy.date_to or last)
            declared = self.search_count(
                [
                    ("policy_id", "=", policy.id),
                    ("kind", "=", "month"),
                    ("date_to", ">=", start),
                ]
            )
            if not declared:
                self._prepare(policy, start, end, as_of)

    @api.model
    def _prepare(self, policy, start: date, end: date, as_of: date):
        declaration = self.create(
            {"policy_id": policy.id, "date_from": start, "date_to": end}
        )
        declaration.activity_schedule(
            "credit_insurance.activity_declare",
            as_of + relativedelta(days=14),
            summary=self.env._("Declare the turnover to the insurer"),
            user_id=policy._get_responsible().id,
        )
        return declaration
