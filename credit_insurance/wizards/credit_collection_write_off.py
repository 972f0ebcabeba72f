from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.rights import check_officer

from ..core import bad_debt

WRITE_OFF, PROVIDE, VAT = "write_off", "provide", "vat"
# What is remembered of each choice, on the company.
REMEMBERED = {
    "allowance_account_id": "credit_allowance_account_id",
    "vat_account_id": "credit_lost_vat_account_id",
    "vat_tag_ids": "credit_lost_vat_tag_ids",
}


class CreditCollectionWriteOff(models.TransientModel):
    """What becomes of a file that came back unpaid: a provision, or the loss of it.

    The VAT in it is reclaimed as far as the law allows on the day of the entry; of what
    it doesn't allow yet the file says from when on.
    """

    _name = "credit.collection.write.off"
    _description = "Write-off of a Collection File"
    _check_company_auto = True

    file_id = fields.Many2one("credit.collection.file", required=True, readonly=True)
    kind = fields.Selection(
        [
            (WRITE_OFF, "Write off"),
            (PROVIDE, "Provide for"),
            (VAT, "Reclaim the VAT"),
        ],
        required=True,
        default=WRITE_OFF,
    )
    company_id = fields.Many2one(related="file_id.company_id")
    currency_id = fields.Many2one(related="file_id.currency_id")
    country_id = fields.Many2one(related="company_id.country_id")
    date = fields.Date(
        required=True, default=lambda self: self.env.company._credit_today()
    )
    amount = fields.Monetary(string="Not paid", compute="_compute_amounts")
    vat_amount = fields.Monetary(
        string="VAT to reclaim now", compute="_compute_amounts"
    )
    vat_later = fields.Monetary(string="VAT later", compute="_compute_amounts")
    loss_amount = fields.Monetary(string="Loss", compute="_compute_amounts")
    percent = fields.Float(
        string="% provided for", default=100.0, help="Of what is open without VAT."
    )
    journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain=[("type", "=", "general")],
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    loss_account_id = fields.Many2one(
        "account.account",
        string="Account of losses",
        check_company=True,
        compute="_compute_remembered",
        store=True,
        readonly=False,
    )
    allowance_account_id = fields.Many2one(
        "account.account",
        string="Account of the provision",
        check_company=True,
        compute="_compute_remembered",
        store=True,
        readonly=False,
        help="On the balance sheet, beside the customers.",
    )
    proof = fields.Selection(
        [
            (bad_debt.BANKRUPTCY, "Judgment of bankruptcy"),
            (bad_debt.REORGANISATION, "Homologated reorganisation"),
            (bad_debt.DEFINITIVE, "Proof that nothing will come"),
        ],
        string="Proof of the loss",
        help="What allows you to reclaim the VAT; keep it with the file.",
    )
    proof_date = fields.Date(string="Of")
    vat_account_id = fields.Many2one(
        "account.account",
        string="Account of VAT to reclaim",
        check_company=True,
        compute="_compute_remembered",
        store=True,
        readonly=False,
    )
    vat_tag_ids = fields.Many2many(
        "account.account.tag",
        string="Tax grids",
        domain="[('applicability', '=', 'taxes'), ('country_id', '=', country_id)]",
        compute="_compute_remembered",
        store=True,
        readonly=False,
        help="Where the VAT stands in the tax return.",
    )
    charge_amount = fields.Monetary(
        string="Costs and interest open", compute="_compute_charge_amount"
    )
    waive_charges = fields.Boolean(string="Waive costs and interest", default=True)
    advice = fields.Char(compute="_compute_advice")
    items = fields.Html(compute="_compute_items")

    # -- proposals -------------------------------------------------------------

    @api.depends("file_id")
    def _compute_journal_id(self):
        for make in self:
            make.journal_id = make.company_id._get_first_journal("general")

    @api.depends("file_id", "kind")
    def _compute_remembered(self):
        for make in self:
            company = make.company_id.sudo()
            for field, kept in make._get_remembered().items():
                make[field] = company[kept]

    def _get_remembered(self) -> dict[str, str]:
        """{field: that of the company which keeps what was chosen last}."""
        provided = self.kind == PROVIDE
        loss = "credit_write_down_account_id" if provided else "credit_loss_account_id"
        return {"loss_account_id": loss, **REMEMBERED}

    @api.depends("file_id")
    def _compute_advice(self):
        for make in self:
            make.advice = make._get_source()._word_aftermath()

    @api.depends("file_id")
    def _compute_charge_amount(self):
        for make in self:
            make.charge_amount = sum(make._get_charges().mapped("open_amount"))

    @api.onchange("proof")
    def _onchange_proof(self):
        if not self.proof:
            self.proof_date = False
        elif not self.proof_date:
            self.proof_date = self._get_source()._get_insolvency_day() or self.date

    # -- amounts ---------------------------------------------------------------

    @api.depends("file_id", "date", "proof", "proof_date", "percent", "kind")
    def _compute_amounts(self):
        for make in self:
            rows = make._get_rows()
            vat = {row: make._get_vat(row) for row in rows}
            now = sum(vat[row] for row in rows if make._may_reclaim(row))
            total = sum(make._get_base(row) for row in rows)
            make.amount = total
            make.vat_amount = 0.0 if make.kind == PROVIDE else now
            make.vat_later = sum(vat.values()) - now
            make.loss_amount = total - make.vat_amount
            if make.kind == PROVIDE:
                net = total - sum(vat.values())
                make.loss_amount = make.currency_id.round(net * make.percent / 100)

    def _get_source(self):
        """The record that it is about. To be extended."""
        return self.file_id

    def _get_rows(self):
        """The items it is about, with ``item_id``, ``residual``, ``due_date``, ``name``
        and ``move_id``. To be extended.
        """
        if self.kind == VAT:
            return self._get_waiting()
        return self.file_id.line_ids.filtered("residual")

    def _get_waiting(self):
        """Those of which VAT is still to be reclaimed, with ``lost_vat``. To be
        extended.
        """
        return self.file_id.line_ids.filtered("lost_vat")

    def _get_base(self, row) -> float:
        return row.lost_vat if self.kind == VAT else row.residual

    def _get_vat(self, row) -> float:
        """The part of what is lost that is VAT, as it was in the invoice."""
        if self.kind == VAT:
            return row.lost_vat
        move = row.move_id.sudo()
        found = bad_debt.vat_in(
            to_decimal(row.residual),
            to_decimal(move.amount_tax),
            to_decimal(move.amount_total),
            to_decimal(self.currency_id.rounding),
        )
        return float(found)

    def _get_relief_day(self, row):
        return bad_debt.relief_day(
            self.country_id.code or "",
            row.due_date,
            self.proof_date if self.proof else None,
        )

    def _may_reclaim(self, row) -> bool:
        day = self._get_relief_day(row)
        return bool(day and self.date and day <= self.date)

    @api.depends("file_id", "date", "proof", "proof_date", "kind")
    def _compute_items(self):
        for make in self:
            make.items = self.env["ir.qweb"]._render(
                "credit_insurance.collection_write_off_items",
                {
                    "rows": [
                        {
                            "name": row.name,
                            "due": format_date(self.env, row.due_date),
                            "open": make._format(make._get_base(row)),
                            "vat": make._format(make._get_vat(row)),
                            "words": make._word_relief(row),
                            "ok": make._may_reclaim(row),
                        }
                        for row in make._get_rows()
                    ]
                },
            )

    def _word_relief(self, row) -> str:
        """Whether the VAT of an item can be reclaimed, or from when on."""
        if not self._get_vat(row):
            return self.env._("No VAT in it")
        day = self._get_relief_day(row)
        if not day:
            return self.env._("Not yet: choose the proof of the loss when you have it")
        if self._may_reclaim(row):
            return self.env._("Can be reclaimed since %s", format_date(self.env, day))
        return self.env._("Not yet: from %s on", format_date(self.env, day))

    def _format(self, amount: float) -> str:
        return format_amount(self.env, amount, self.currency_id)

    def _get_charges(self):
        return self.file_id.sudo()._get_charges().filtered("open_amount")

    # -- book ------------------------------------------------------------------

    def action_write_off(self):
        """Book it, note it on the file, and remember the accounts."""
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers write off."))
        self.check_access("write")
        self._get_source().check_access("read")
        self._check_source()
        self._check_ready()
        entry = self.sudo()._book()
        self.company_id.sudo().write(
            {
                kept: self[field]
                for field, kept in self._get_remembered().items()
                if self[field]
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": entry.id,
            "view_mode": "form",
        }

    def _check_source(self) -> None:
        """Refuse what isn't lost yet. To be extended."""
        if not self.file_id.outcome or not self._get_rows():
            raise UserError(
                self.env._("Only what came back unpaid from collection is written off.")
            )

    def _check_ready(self) -> None:
        """Say what is missing before anything is written."""
        if not self.journal_id or not self.loss_account_id:
            raise UserError(self.env._("Choose the journal and the account of losses."))
        if self.proof and (not self.proof_date or self.proof_date > self.date):
            raise UserError(
                self.env._("Enter the day of the proof; it can't be after the entry.")
            )
        if self.kind == VAT and not self.vat_amount:
            raise UserError(
                self.env._(
                    "No VAT can be reclaimed on this day yet. Choose the proof of the "
                    "loss if you have one."
                )
            )
        if self.vat_amount and not self.vat_account_id:
            raise UserError(self.env._("Choose the account of VAT to reclaim."))
        if self.kind == PROVIDE:
            self._check_provision()

    def _check_provision(self) -> None:
        if not self.allowance_account_id:
            raise UserError(self.env._("Choose the account of the provision."))
        if not 0 < self.percent <= 100:
            raise UserError(self.env._("Provide for more than 0 and at most 100 %."))
        if self.file_id.provision_move_id:
            raise UserError(
                self.env._(
                    "%(file)s is provided for already, with %(entry)s.",
                    file=self.file_id.name,
                    entry=self.file_id.provision_move_id.name,
                )
            )

    def _book(self):
        amounts = {"loss": self.loss_amount, "vat": self.vat_amount}
        if self.kind == PROVIDE:
            entry = self._create_entry(self._prepare_provision())
            self.file_id._note_provision(entry)
        elif self.kind == VAT:
            rows = self._get_rows().filtered(self._may_reclaim)
            entry = self._create_entry(self._prepare_reclaim(rows))
            rows.vat_entry_id = entry
        else:
            entry = self._create_loss()
        words = {
            WRITE_OFF: self.env._("%(loss)s written off, %(vat)s of VAT reclaimed"),
            PROVIDE: self.env._("%(loss)s provided for"),
            VAT: self.env._("%(vat)s of VAT reclaimed"),
        }[self.kind] % {name: self._format(amount) for name, amount in amounts.items()}
        self._get_source()._message_log(body=f"{words}: {entry.name}")
        self._follow()
        return entry

    def _follow(self) -> None:
        """Plan what is still to be done. To be extended."""
        self.file_id._follow_loss(self._get_next_day())

    def _get_next_day(self):
        """The first day on which VAT that waits can be reclaimed, as far as known."""
        days = map(self._get_relief_day, self._get_waiting())
        return min(filter(None, days), default=None)

    def _create_loss(self):
        """What is open goes to losses, and VAT to where it is reclaimed."""
        rows = self._get_rows()
        lost = {
            row: 0.0 if self._may_reclaim(row) else self._get_vat(row) for row in rows
        }
        entry = self._create_entry(self._prepare_loss(rows))
        credited = entry.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).sorted("id")
        for line, row in zip(credited, rows, strict=True):
            (line + row.item_id).reconcile()
        self._note_loss(entry, dict(zip(rows, credited, strict=True)), lost)
        return entry

    def _note_loss(self, entry, credited: dict, lost: dict) -> None:
        """What follows from the entry. To be extended.

        :param credited: {row: the line of the entry that pays it}
        :param lost: {row: VAT in it that isn't reclaimed yet}
        """
        for row, amount in lost.items():
            row.write(row._prepare_loss(credited[row], amount))
        self.file_id._reverse_provision(self.date)
        if self.waive_charges and (charges := self._get_charges()):
            charges._waive(
                self.env._("written off with %s", entry.name), self.charge_amount
            )

    def _prepare_loss(self, rows) -> list[dict]:
        claims, losses, taxes = [], [], []
        for row in rows:
            vat = self._get_vat(row) if self._may_reclaim(row) else 0.0
            claims.append(
                self._prepare_line(
                    -row.residual,
                    row,
                    account_id=row.item_id.account_id.id,
                    partner_id=row.item_id.partner_id.id,
                )
            )
            losses.append(
                self._prepare_line(
                    row.residual - vat, row, account_id=self.loss_account_id.id
                )
            )
            if vat:
                taxes.append(self._prepare_vat(row, vat))
        return self._balance([*claims, *taxes, *losses])

    def _prepare_reclaim(self, rows) -> list[dict]:
        """VAT that was booked as a loss before."""
        lines = []
        for row in rows:
            lines.append(self._prepare_vat(row, row.lost_vat))
            lines.append(
                self._prepare_line(
                    -row.lost_vat, row, account_id=self.loss_account_id.id
                )
            )
        return self._balance(lines)

    def _prepare_provision(self) -> list[dict]:
        row = self._get_rows()[:1]
        values = {"name": self.env._("Provision for %s", self.file_id.name)}
        return [
            self._prepare_line(
                -self.loss_amount,
                row,
                account_id=self.allowance_account_id.id,
                **values,
            ),
            self._prepare_line(
                self.loss_amount, row, account_id=self.loss_account_id.id, **values
            ),
        ]

    def _prepare_vat(self, row, amount: float) -> dict:
        """VAT at the rate at which it was owed."""
        vals = self._prepare_line(
            amount,
            row,
            account_id=self.vat_account_id.id,
            tax_tag_ids=[Command.set(self.vat_tag_ids.ids)],
        )
        move = row.move_id.sudo()
        if self.currency_id != self.company_id.currency_id and move.amount_tax:
            vals["balance"] = self.company_id.currency_id.round(
                amount * abs(move.amount_tax_signed) / move.amount_tax
            )
        return vals

    def _balance(self, lines: list[dict]) -> list[dict]:
        """To the cent, whatever rounding the rate of exchange leaves."""
        rest = sum(vals["balance"] for vals in lines)
        lines[-1]["balance"] = self.company_id.currency_id.round(
            lines[-1]["balance"] - rest
        )
        return lines

    def _create_entry(self, lines: list[dict]):
        entry = (
            self.env["account.move"]
            .with_company(self.company_id)
            .with_context(skip_invoice_sync=True)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": self.journal_id.id,
                    "date": self.date,
                    "ref": self._get_source().name,
                    "line_ids": [Command.create(vals) for vals in lines],
                }
            )
        )
        entry._post(soft=False)
        return entry

    def _prepare_line(self, amount: float, row, **vals) -> dict:
        company = self.company_id
        return {
            "name": row.name,
            "partner_id": self._get_source().partner_id.id,
            "currency_id": self.currency_id.id,
            "amount_currency": amount,
            "balance": self.currency_id._convert(
                amount, company.currency_id, company, self.date
            ),
            **vals,
        }
