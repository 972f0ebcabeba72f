from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from odoo.addons.credit_control.rights import check_officer


class CreditCollectionWriteOff(models.TransientModel):
    """Take what came back unpaid out of the books; VAT only where it is given back."""

    _name = "credit.collection.write.off"
    _description = "Write-off of a Collection File"
    _check_company_auto = True

    file_id = fields.Many2one("credit.collection.file", required=True, readonly=True)
    company_id = fields.Many2one(related="file_id.company_id")
    currency_id = fields.Many2one(related="file_id.currency_id")
    date = fields.Date(
        required=True, default=lambda self: self.env.company._credit_today()
    )
    amount = fields.Monetary(string="Written off", related="file_id.open_principal")
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        domain=[("type", "=", "general")],
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    loss_account_id = fields.Many2one(
        "account.account", string="Account of losses", required=True, check_company=True
    )
    with_vat = fields.Boolean(
        string="Reclaim the VAT", help="Only once your country gives it back."
    )
    vat_account_id = fields.Many2one(
        "account.account", string="Account of VAT to reclaim", check_company=True
    )
    vat_amount = fields.Monetary(string="VAT in it", compute="_compute_vat_amount")
    advice = fields.Char(compute="_compute_advice")

    @api.depends("file_id")
    def _compute_journal_id(self):
        for make in self:
            make.journal_id = self.env["account.journal"].search(
                [("type", "=", "general"), ("company_id", "=", make.company_id.id)],
                limit=1,
            )

    @api.depends("file_id")
    def _compute_advice(self):
        for make in self:
            make.advice = make.file_id._word_aftermath()

    @api.depends("file_id", "with_vat")
    def _compute_vat_amount(self):
        for make in self:
            make.vat_amount = make.with_vat and sum(
                make._get_vat(row) for row in make._get_rows()
            )

    def _get_rows(self):
        """What is written off: rows with ``item_id``, ``residual``, ``name`` and
        ``move_id``. To be extended.
        """
        return self.file_id.line_ids.filtered("residual")

    def _get_source(self):
        """The record that it is about. To be extended."""
        return self.file_id

    def _get_vat(self, line) -> float:
        """The part of what is open that is VAT, as it was in the invoice."""
        move = line.move_id.sudo()
        if not move.amount_total:
            return 0.0
        return self.currency_id.round(
            line.residual * move.amount_tax / move.amount_total
        )

    def action_write_off(self):
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers write off."))
        file = self.file_id
        if not file.outcome or not file.open_principal:
            raise UserError(
                self.env._("Only what came back unpaid from collection is written off.")
            )
        self._check_accounts()
        entry = self.sudo()._create_entry()
        file._message_log(
            body=self.env._(
                "%(amount)s written off with %(entry)s.",
                amount=format_amount(self.env, self.amount, self.currency_id),
                entry=entry.name,
            )
        )
        file.action_aftermath_done()
        return self._get_entry_action(entry)

    def _check_accounts(self) -> None:
        if self.with_vat and not self.vat_account_id:
            raise UserError(self.env._("Choose the account of VAT to reclaim."))

    def _get_entry_action(self, entry) -> dict:
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": entry.id,
            "view_mode": "form",
        }

    def _create_entry(self):
        rows = self._get_rows()
        claims = [
            self._prepare_line(
                -row.residual,
                row,
                account_id=row.item_id.account_id.id,
                partner_id=row.item_id.partner_id.id,
            )
            for row in rows
        ]
        losses = [
            self._prepare_line(
                row.residual - self._get_vat(row) * self.with_vat,
                row,
                account_id=self.loss_account_id.id,
            )
            for row in rows
        ]
        taxes = [
            self._prepare_line(
                self._get_vat(row), row, account_id=self.vat_account_id.id
            )
            for row in rows
            if self.with_vat and self._get_vat(row)
        ]
        # To the cent, whatever rounding the rate of exchange leaves.
        everything = [*claims, *losses, *taxes]
        losses[-1]["balance"] -= sum(vals["balance"] for vals in everything)
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
                    "line_ids": [Command.create(vals) for vals in everything],
                }
            )
        )
        entry._post(soft=False)
        credited = entry.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).sorted("id")
        for line, row in zip(credited, rows, strict=True):
            (line + row.item_id).reconcile()
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
