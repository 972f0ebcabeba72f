from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.credit_control.rights import check_officer

# What only the buttons write.
STEPS = {"state", "move_id", "name"}


class CreditCollectionRemittance(models.Model):
    """What an agency settles: amounts collected, its fees, and what it pays us.

    Entry and matching are made in one step; a line for each file.
    """

    _name = "credit.collection.remittance"
    _description = "Remittance of an Agency"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Remittance", required=True, readonly=True, copy=False, default="/"
    )
    agency_id = fields.Many2one(
        "credit.collection.agency",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    reference = fields.Char(
        string="Statement number", help="The number on the agency's statement."
    )
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        domain=[("type", "in", ("bank", "general"))],
        check_company=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("posted", "Posted"), ("cancelled", "Cancelled")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    line_ids = fields.One2many(
        "credit.collection.remittance.line", "remittance_id", string="Files", copy=True
    )
    move_id = fields.Many2one(
        "account.move", string="Entry", readonly=True, copy=False, index=True
    )
    fee_withheld = fields.Boolean(
        string="Keeps its fee", compute="_compute_fee_terms", store=True, readonly=False
    )
    fee_billed = fields.Boolean(
        string="Invoices what it keeps",
        compute="_compute_fee_terms",
        store=True,
        readonly=False,
        help="The fee waits as a debt to the agency until its invoice comes.",
    )
    collected = fields.Monetary(compute="_compute_totals", store=True)
    fee = fields.Monetary(string="Fees", compute="_compute_totals", store=True)
    vat = fields.Monetary(string="VAT on fees", compute="_compute_totals", store=True)
    remitted = fields.Monetary(
        string="Paid to us",
        compute="_compute_totals",
        store=True,
        help="What arrives in the bank: compare it with the agency's statement.",
    )

    @api.depends("agency_id")
    def _compute_journal_id(self):
        for remittance in self:
            own = remittance.agency_id.journal_id
            if own or not remittance.journal_id:
                company = remittance.company_id
                remittance.journal_id = own or company._get_first_journal("bank")

    @api.depends("agency_id")
    def _compute_fee_terms(self):
        """As agreed with the agency; a statement may differ."""
        for remittance in self:
            agency = remittance.agency_id
            remittance.fee_withheld = agency.fee_withheld
            remittance.fee_billed = agency.fee_withheld and agency.fee_billed

    @api.depends("line_ids.collected", "line_ids.fee", "line_ids.vat", "fee_withheld")
    def _compute_totals(self):
        for remittance in self:
            lines = remittance.line_ids
            remittance.collected = sum(lines.mapped("collected"))
            remittance.fee = sum(lines.mapped("fee"))
            remittance.vat = sum(lines.mapped("vat"))
            remittance.remitted = remittance.collected - remittance._get_kept()

    def _get_kept(self) -> float:
        """What the agency keeps of what it has collected."""
        return self.fee + self.vat if self.fee_withheld else 0.0

    # -- rights ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su and STEPS & vals.keys():
                self._refuse_by_hand()
        remittances = super().create(vals_list)
        for remittance in remittances:
            sequence = self.env["ir.sequence"].sudo()
            sequence = sequence.with_company(remittance.company_id)
            remittance.sudo().name = sequence.next_by_code(
                "credit.collection.remittance", sequence_date=remittance.date
            )
        return remittances

    def write(self, vals):
        if not self.env.su and STEPS & vals.keys():
            self._refuse_by_hand()
        if not self.env.su and any(r.state != "draft" for r in self):
            raise UserError(
                self.env._("A remittance that is posted stays as it is: cancel it.")
            )
        return super().write(vals)

    def _refuse_by_hand(self) -> None:
        raise AccessError(self.env._("Remittances are posted by their button."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if any(remittance.state != "draft" for remittance in self):
            raise UserError(
                self.env._("A remittance that was posted is kept as history.")
            )

    # -- post ------------------------------------------------------------------

    def action_post(self):
        """Book what is collected and match it with what was owed."""
        check_officer(self.env, self.env._("Only credit officers post remittances."))
        self.check_access("write")
        # Fees are computed with what was collected before, and that changes now.
        self.line_ids.flush_recordset()
        for remittance in self.sudo():
            remittance._check_postable()
            remittance._post()
        return True

    def _check_postable(self) -> None:
        """Say what is missing before anything is written."""
        if self.state != "draft":
            raise UserError(self.env._("%s is posted already.", self.name))
        if not self.line_ids.filtered(lambda line: line.collected or line.fee):
            raise UserError(self.env._("Enter what was collected on which file."))
        self._check_once()
        self._check_bank()
        self._check_fees()
        self.line_ids._check_amounts()
        if any(line.costs or line.interest for line in self.line_ids):
            self.company_id._check_charge_accounts()

    def _check_once(self) -> None:
        """Refuse a statement that is booked already."""
        twin = self.reference and self.search(
            [
                ("agency_id", "=", self.agency_id.id),
                ("reference", "=", self.reference),
                ("state", "=", "posted"),
            ],
            limit=1,
        )
        if twin:
            raise UserError(
                self.env._(
                    "Statement %(statement)s of %(agency)s is booked already, with "
                    "%(remittance)s.",
                    statement=self.reference,
                    agency=self.agency_id.name,
                    remittance=twin.name,
                )
            )

    def _check_bank(self) -> None:
        account = self._get_bank_account()
        if not self.journal_id or not account:
            raise UserError(self.env._("Choose the journal of the bank."))
        usual = self.company_id.currency_id
        own = account.currency_id or usual
        if own not in (usual, self.currency_id):
            raise UserError(
                self.env._(
                    "%(account)s is kept in %(own)s, but the remittance is in "
                    "%(currency)s: choose another journal.",
                    account=account.display_name,
                    own=own.name,
                    currency=self.currency_id.name,
                )
            )

    def _check_fees(self) -> None:
        if not self.fee_withheld:
            return
        agency = self.agency_id
        if self.currency_id.compare_amounts(self._get_kept(), self.collected) > 0:
            raise UserError(
                self.env._(
                    "The fees are more than what was collected. Untick that the "
                    "agency keeps them, and book its invoice."
                )
            )
        if self.fee_billed:
            return
        if self.fee and not agency.fee_account_id:
            raise UserError(
                self.env._("Fill in the account of fees of %s.", agency.name)
            )
        if self.vat and not agency.tax_id.amount:
            raise UserError(self.env._("Fill in the VAT on fees of %s.", agency.name))
        if self.vat and agency._is_reverse_charged():
            raise UserError(
                self.env._(
                    "By %(tax)s you owe the VAT on fees yourself: %(agency)s charges "
                    "none. Set the VAT to 0, or choose another tax on the agency.",
                    tax=agency.tax_id.name,
                    agency=agency.name,
                )
            )

    def _get_bank_account(self):
        return self.agency_id.bank_account_id or self.journal_id.default_account_id

    def _post(self) -> None:
        self.line_ids.file_id.lock_for_update(allow_referencing=True)
        self.line_ids._allocate_again()
        claims = self.line_ids._prepare_claims()
        earned = self.line_ids._get_all_earned()
        self.state = "posted"
        if not self.currency_id.is_zero(self.collected + self._get_kept()):
            self._book(claims, earned)
        for (line, kind), amount in earned.items():
            line.file_id._collect_charges(kind, amount)
        self.line_ids.file_id._follow(self.date)

    def _book(self, claims: list, earned: dict) -> None:
        """Make the entry, and match it with what was owed."""
        entry = self.move_id = self._create_entry(claims, earned)
        credited = entry.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).sorted("id")
        items = [item for item, _amount in claims]
        for line, item in zip(credited, items, strict=True):
            (line + item).reconcile()

    def _create_entry(self, claims: list, earned: dict):
        lines = [
            *(self._prepare_claim(item, amount) for item, amount in claims),
            *(
                vals
                for (line, kind), amount in earned.items()
                for vals in line._prepare_income(kind, amount)
            ),
            *self._prepare_fees(),
        ]
        bank = self._prepare_line(
            self.remitted, account_id=self._get_bank_account().id, name=self.name
        )
        # To the cent, whatever rounding the rate of exchange leaves.
        bank["balance"] = self.company_id.currency_id.round(
            -sum(vals["balance"] for vals in lines)
        )
        entry = (
            self.env["account.move"]
            .sudo()
            .with_company(self.company_id)
            # The taxes are computed here, as the agency's statement has them.
            .with_context(skip_invoice_sync=True)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": self.journal_id.id,
                    "date": self.date,
                    "ref": " ".join(filter(None, (self.name, self.reference))),
                    "line_ids": [Command.create(vals) for vals in (bank, *lines)],
                }
            )
        )
        entry._post(soft=False)
        return entry

    def _prepare_line(self, amount: float, **vals) -> dict:
        company = self.company_id
        return {
            "name": self.name,
            "partner_id": self.agency_id.partner_id.id,
            "currency_id": self.currency_id.id,
            "amount_currency": amount,
            "balance": self.currency_id._convert(
                amount, company.currency_id, company, self.date
            ),
            **vals,
        }

    def _prepare_claim(self, item, amount: float) -> dict:
        return self._prepare_line(
            -amount,
            account_id=item.account_id.id,
            partner_id=item.partner_id.id,
            name=item.move_name or item.name,
        )

    def _prepare_fees(self) -> list[dict]:
        """Fee and VAT, where the agency kept them."""
        agency = self.agency_id
        if self.currency_id.is_zero(self._get_kept()):
            return []
        if self.fee_billed:
            return [
                self._prepare_line(
                    self._get_kept(),
                    account_id=self._get_payable_account().id,
                    name=self.env._("Fees kept by %s", agency.name),
                )
            ]
        taxes = agency._compute_fee_taxes(self.fee, self.currency_id)
        fee = self._prepare_line(
            self.fee,
            account_id=agency.fee_account_id.id,
            name=self.env._("Fees of %s", agency.name),
            tax_ids=[Command.set(agency.tax_id.ids)],
            tax_tag_ids=[Command.set(taxes["base_tags"])],
        )
        return [fee, *self._prepare_taxes(taxes["taxes"])]

    def _prepare_taxes(self, taxes: list[dict]) -> list[dict]:
        """VAT as the statement has it: what it differs by goes to the first tax."""
        rounded = [self.currency_id.round(tax["amount"]) for tax in taxes]
        if rounded:
            rounded[0] += self.currency_id.round(self.vat - sum(rounded))
        company = self.company_id
        return [
            self._prepare_line(
                amount,
                account_id=tax["account_id"] or self.agency_id.fee_account_id.id,
                name=tax["name"],
                tax_repartition_line_id=tax["tax_repartition_line_id"],
                tax_tag_ids=[Command.set(tax["tag_ids"])],
                tax_base_amount=self.currency_id._convert(
                    tax["base"], company.currency_id, company, self.date
                ),
            )
            for tax, amount in zip(taxes, rounded, strict=True)
        ]

    # -- cancel ----------------------------------------------------------------

    def action_cancel(self):
        """Reverse the entry: what it paid is open again."""
        check_officer(self.env, self.env._("Only credit officers cancel remittances."))
        self.check_access("read")
        for remittance in self.sudo().filtered(lambda r: r.state == "posted"):
            remittance._check_bill_gone()
            day = remittance.company_id._credit_today()
            remittance.line_ids._forget_collected()
            if remittance.move_id:
                remittance.move_id._reverse_moves([{"date": day}], cancel=True)
            remittance.state = "cancelled"
            closed = remittance.line_ids.file_id.filtered("outcome")
            for file in closed:
                file._plan_activity(
                    self.env._("A remittance on a closed file was cancelled"),
                    remittance.name,
                    day,
                )
        return True

    def action_view_entry(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    def action_import(self):
        """Ask for the agency's list."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import the agency's list"),
            "res_model": "credit.collection.import",
            "view_mode": "form",
            "target": "new",
            "context": {"default_remittance_id": self.id},
        }
