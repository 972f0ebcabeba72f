from datetime import date
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_amount

from odoo.addons.credit_control.core.money import ZERO, to_decimal
from odoo.addons.credit_control.rights import check_officer

from ..core import collection
from ..core.collection import Parts

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
                remittance.journal_id = own or self.env["account.journal"].search(
                    [
                        ("type", "=", "bank"),
                        ("company_id", "=", remittance.company_id.id),
                    ],
                    limit=1,
                )

    @api.depends(
        "line_ids.collected", "line_ids.fee", "line_ids.vat", "agency_id.fee_withheld"
    )
    def _compute_totals(self):
        for remittance in self:
            lines = remittance.line_ids
            remittance.collected = sum(lines.mapped("collected"))
            remittance.fee = sum(lines.mapped("fee"))
            remittance.vat = sum(lines.mapped("vat"))
            kept = remittance.agency_id.fee_withheld
            remittance.remitted = remittance.collected - kept * (
                remittance.fee + remittance.vat
            )

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
        if not self.env.su and any(self.mapped("move_id")):
            raise UserError(
                self.env._("A remittance that is posted stays as it is: cancel it.")
            )
        return super().write(vals)

    def _refuse_by_hand(self) -> None:
        raise AccessError(self.env._("Remittances are posted by their button."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if any(self.mapped("move_id")):
            raise UserError(
                self.env._("A remittance that was posted is kept as history.")
            )

    # -- post ------------------------------------------------------------------

    def action_post(self):
        """Book what is collected and match it with what was owed."""
        check_officer(self.env, self.env._("Only credit officers post remittances."))
        self.check_access("write")
        for remittance in self.sudo():
            remittance._check_postable()
            remittance._post()
        return True

    def _check_postable(self) -> None:
        """Say what is missing before anything is written."""
        if self.state != "draft":
            raise UserError(self.env._("%s is posted already.", self.name))
        if not self.line_ids.filtered("collected"):
            raise UserError(self.env._("Enter what was collected on which file."))
        if not self.journal_id or not self._get_bank_account():
            raise UserError(self.env._("Choose the journal of the bank."))
        kept = self.agency_id.fee_withheld
        if kept and self.fee and not self.agency_id.fee_account_id:
            raise UserError(
                self.env._("Fill in the account of fees of %s.", self.agency_id.name)
            )
        if kept and self.vat and not self.agency_id.tax_id:
            raise UserError(
                self.env._("Fill in the VAT on fees of %s.", self.agency_id.name)
            )
        self.line_ids._check_amounts()
        if any(line.costs or line.interest for line in self.line_ids):
            self.company_id._check_charge_accounts()

    def _get_bank_account(self):
        return self.agency_id.bank_account_id or self.journal_id.default_account_id

    def _post(self) -> None:
        self.line_ids.file_id.lock_for_update(allow_referencing=True)
        self.line_ids._allocate_again()
        claims = self.line_ids._prepare_claims()
        earned = self.line_ids._get_all_earned()
        entry = self._create_entry(claims, earned)
        self.write({"state": "posted", "move_id": entry.id})
        credited = entry.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).sorted("id")
        items = [item for item, _amount in claims]
        for line, item in zip(credited, items, strict=True):
            (line + item).reconcile()
        for (line, kind), amount in earned.items():
            line.file_id._collect_charges(kind, amount)
        self.line_ids.file_id._follow(self.date)

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
        if not agency.fee_withheld or self.currency_id.is_zero(self.fee + self.vat):
            return []
        taxes = agency.tax_id.compute_all(
            self.fee, self.currency_id, partner=agency.partner_id
        )
        fee = self._prepare_line(
            self.fee,
            account_id=agency.fee_account_id.id,
            name=self.env._("Fees of %s", agency.name),
            tax_ids=[Command.set(agency.tax_id.ids)],
            tax_tag_ids=[Command.set(taxes["base_tags"])],
        )
        lines = [fee]
        rest = self.vat
        for number, tax in enumerate(taxes["taxes"], 1):
            last = number == len(taxes["taxes"])
            amount = rest if last else self.currency_id.round(tax["amount"])
            rest -= amount
            lines.append(
                self._prepare_line(
                    amount,
                    account_id=tax["account_id"] or agency.fee_account_id.id,
                    name=tax["name"],
                    tax_repartition_line_id=tax["tax_repartition_line_id"],
                    tax_tag_ids=[Command.set(tax["tag_ids"])],
                    tax_base_amount=tax["base"],
                )
            )
        return lines

    # -- cancel ----------------------------------------------------------------

    def action_cancel(self):
        """Reverse the entry: what it paid is open again."""
        check_officer(self.env, self.env._("Only credit officers cancel remittances."))
        self.check_access("read")
        for remittance in self.sudo().filtered(lambda r: r.state == "posted"):
            day = remittance.company_id._credit_today()
            remittance.line_ids._forget_collected()
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


class CreditCollectionRemittanceLine(models.Model):
    """What was collected on a file, what it pays, and the fee for it."""

    _name = "credit.collection.remittance.line"
    _description = "Remittance on a File"
    _order = "remittance_id, id"

    remittance_id = fields.Many2one(
        "credit.collection.remittance", required=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(related="remittance_id.state", store=True)
    company_id = fields.Many2one(related="remittance_id.company_id", store=True)
    currency_id = fields.Many2one(related="remittance_id.currency_id", store=True)
    agency_id = fields.Many2one(related="remittance_id.agency_id")
    date = fields.Date(related="remittance_id.date")
    file_id = fields.Many2one(
        "credit.collection.file", required=True, index=True, ondelete="restrict"
    )
    profile_id = fields.Many2one(related="file_id.profile_id")
    open_amount = fields.Monetary(related="file_id.open_amount", string="Open now")
    collected = fields.Monetary()
    collected_date = fields.Date(string="Collected on")
    costs = fields.Monetary(compute="_compute_parts", store=True)
    interest = fields.Monetary(compute="_compute_parts", store=True)
    principal = fields.Monetary(string="Invoices", compute="_compute_parts", store=True)
    fee = fields.Monetary(
        compute="_compute_fee",
        store=True,
        readonly=False,
        help="By the price list, without VAT; change it to what the statement says.",
    )
    vat = fields.Monetary(
        string="VAT", compute="_compute_vat", store=True, readonly=False
    )

    _amounts_positive = models.Constraint(
        "CHECK (collected >= 0 AND fee >= 0 AND vat >= 0)",
        "What is collected and its fees can't be negative.",
    )
    _file_uniq = models.UniqueIndex(
        "(remittance_id, file_id)", "A file stands in a remittance once."
    )

    @api.depends("collected", "file_id")
    def _compute_parts(self):
        for line in self:
            paid = line._get_parts()
            line.costs, line.interest, line.principal = map(float, paid)

    def _get_parts(self) -> Parts:
        """What the amount pays, in the order of the law or the contract."""
        if not self.file_id:
            return Parts()
        file = self.file_id.sudo()
        still = file._get_open_parts()
        amount = min(max(to_decimal(self.collected), ZERO), still.total)
        order = file.agency_id._get_order(file.profile_id, file.sent_date or self.date)
        return collection.allocate(amount, still, order)

    @api.depends("collected", "file_id")
    def _compute_fee(self):
        for line in self:
            line.fee = float(line._get_fee()) if line.file_id else 0

    def _get_fee(self) -> Decimal:
        file = self.file_id.sudo()
        collected = to_decimal(file.collected_amount) + to_decimal(self.collected)
        return collection.fee_for(
            collected,
            file._get_fee_line(),
            to_decimal(file.fee_amount),
            to_decimal(file.currency_id.rounding),
        )

    @api.depends("fee")
    def _compute_vat(self):
        for line in self:
            percent = line.agency_id.tax_id.amount
            line.vat = line.currency_id.round(line.fee * percent / 100)

    @api.constrains("file_id", "remittance_id")
    def _check_file(self):
        for line in self:
            file, remittance = line.file_id.sudo(), line.remittance_id
            if (
                file.agency_id != remittance.agency_id
                or file.currency_id != remittance.currency_id
                or not file.sent_date
            ):
                raise ValidationError(
                    self.env._(
                        "%(file)s is not a file in %(currency)s that %(agency)s has.",
                        file=file.display_name,
                        currency=remittance.currency_id.name,
                        agency=remittance.agency_id.name,
                    )
                )

    def write(self, vals):
        if not self.env.su and any(line.state != "draft" for line in self):
            raise UserError(
                self.env._("A remittance that is posted stays as it is: cancel it.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if any(line.state == "posted" for line in self):
            raise UserError(
                self.env._("A remittance that was posted is kept as history.")
            )

    # -- post ------------------------------------------------------------------

    def _check_amounts(self) -> None:
        for line in self:
            still = float(line.file_id._get_open_parts().total)
            if line.currency_id.compare_amounts(line.collected, still) > 0:
                raise UserError(
                    self.env._(
                        "%(file)s: %(collected)s is collected, but only %(open)s is "
                        "open. Ask the agency for the rest, or book it on account.",
                        file=line.file_id.display_name,
                        collected=line._format(line.collected),
                        open=line._format(still),
                    )
                )
            kept = line.remittance_id.agency_id.fee_withheld
            if (
                kept
                and line.currency_id.compare_amounts(
                    line.fee + line.vat, line.collected
                )
                > 0
            ):
                raise UserError(
                    self.env._(
                        "%(file)s: the fee is more than what was collected. Book the "
                        "agency's invoice for the rest.",
                        file=line.file_id.display_name,
                    )
                )

    def _format(self, amount: float) -> str:
        return format_amount(self.env, amount, self.currency_id)

    def _allocate_again(self) -> None:
        """What is open may have changed since the amounts were entered."""
        for line in self:
            costs, interest, principal = map(float, line._get_parts())
            line.write({"costs": costs, "interest": interest, "principal": principal})

    def _prepare_claims(self) -> list[tuple]:
        """(item, amount) of what is credited on receivable accounts: invoices, oldest
        first, and costs and interest that are in the ledger.
        """
        found = []
        for line in self:
            rows = line.file_id.line_ids.sorted(lambda row: (row.due_date, row.id))
            limits = {row.item_id: row.residual for row in rows}
            found += _spread(line.principal, limits)
            for kind in ("costs", "interest"):
                found += _spread(line[kind], line._get_posted_charges(kind))
        return found

    def _get_posted_charges(self, kind: str) -> dict:
        """{item of costs or interest in the ledger: what is open of it}."""
        charges = self.file_id._get_charges().filtered(lambda c: c.kind == kind)
        items = charges._get_posted_items().filtered(
            lambda item: item.amount_residual_currency > 0
        )
        return {item: item.amount_residual_currency for item in items}

    def _get_all_earned(self) -> dict:
        """{(line, kind): costs or interest that no item in the ledger waits for}."""
        found = {}
        for line in self:
            for kind in ("costs", "interest"):
                posted = sum(line._get_posted_charges(kind).values())
                amount = line.currency_id.round(line[kind] - posted)
                if line.currency_id.compare_amounts(amount, 0) > 0:
                    found[line, kind] = amount
        return found

    def _prepare_income(self, kind: str, amount: float) -> list[dict]:
        charge = self.env["credit.charge"].new(
            {
                "profile_id": self.file_id.profile_id.id,
                "currency_id": self.currency_id.id,
                "kind": kind,
                "date": self.date,
                "amount": amount,
            }
        )
        _receivable, *earned = charge._prepare_entry_lines(amount, self.date)
        labels = dict(charge._fields["kind"]._description_selection(self.env))
        return [
            {**vals, "name": f"{labels[kind]} – {self.file_id.display_name}"}
            for vals in earned
        ]

    def _forget_collected(self) -> None:
        for line in self:
            for kind in ("costs", "interest"):
                line.file_id._collect_charges(kind, -line[kind])


def _spread(amount: float, limits: dict) -> list[tuple]:
    """``amount`` over the items of ``limits``, in order."""
    rest, parts = to_decimal(amount), []
    for item, limit in limits.items():
        part = min(rest, to_decimal(limit))
        if part > 0:
            parts.append((item, float(part)))
            rest -= part
    return parts


class CreditCollectionFileFee(models.Model):
    _inherit = "credit.collection.file"

    def _get_fee_line(self):
        """The line of the price list for this file, in its currency."""
        company, day = self.company_id, self.sent_date or self.date
        claimed = self.currency_id._convert(
            self.claimed_amount, company.currency_id, company, day
        )
        days = (day - self.oldest_due).days if self.oldest_due else 0
        line = self.agency_id._get_fee_line(self.service, days, to_decimal(claimed))
        if not line or self.currency_id == company.currency_id:
            return line
        return line._replace(
            flat=self._to_own_currency(line.flat, day),
            minimum=self._to_own_currency(line.minimum, day),
        )

    def _to_own_currency(self, amount: Decimal, day: date) -> Decimal:
        company = self.company_id
        return to_decimal(
            company.currency_id._convert(float(amount), self.currency_id, company, day)
        )

    def _collect_charges(self, kind: str, amount: float) -> None:
        """Note ``amount`` on charges that reminders claimed and nobody posted."""
        charges = self._get_charges().filtered(
            lambda c: c.kind == kind and not c.item_ids
        )
        for charge in charges:
            most = charge.net_amount if amount > 0 else 0.0
            part = min(max(charge.collected_amount + amount, 0.0), most)
            amount -= part - charge.collected_amount
            charge.collected_amount = part


class CreditChargeCollected(models.Model):
    """Costs and interest that an agency collected, though they were never posted."""

    _inherit = "credit.charge"

    collected_amount = fields.Monetary(string="Collected by an agency", readonly=True)

    @api.depends("collected_amount")
    def _compute_open_amount(self):
        result = super()._compute_open_amount()
        for charge in self.filtered(lambda c: not c.is_posted and c.collected_amount):
            charge.open_amount = charge.net_amount - charge.collected_amount
            charge.paid_amount = charge.collected_amount
        return result
