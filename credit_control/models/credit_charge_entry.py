from collections.abc import Mapping
from datetime import date, timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class CreditChargeEntry(models.Model):
    """Costs and interest in the ledger.

    A company claims them only, posts them when they are paid, or with the notice. An
    entry has one receivable item for each charge, so that each is paid and waived by
    itself; what is waived or taken back later is posted the other way round.
    """

    _inherit = "credit.charge"

    item_ids = fields.Many2many(
        "account.move.line",
        "credit_charge_item_rel",
        string="Items in the ledger",
        readonly=True,
        copy=False,
    )
    is_posted = fields.Boolean(
        string="Posted", compute="_compute_open_amount", store=True
    )
    paid_amount = fields.Monetary(
        string="Paid", compute="_compute_open_amount", store=True
    )

    @api.depends(
        "net_amount", "item_ids.amount_residual_currency", "item_ids.parent_state"
    )
    def _compute_open_amount(self):
        for charge in self:
            items = charge._get_posted_items()
            charge.is_posted = bool(items)
            charge.open_amount = (
                sum(items.mapped("amount_residual_currency"))
                if items
                else charge.net_amount
            )
            charge.paid_amount = charge.net_amount - charge.open_amount

    def _get_posted_items(self):
        return self.sudo().item_ids.filtered(lambda i: i.parent_state == "posted")

    # -- actions ---------------------------------------------------------------

    def action_post(self):
        """Post what is still claimed, as of today."""
        charges = self._as_officer(self.env._("Only credit officers post charges."))
        charges = charges.filtered(lambda c: not c.item_ids and c.open_amount)
        if not charges:
            raise UserError(self.env._("Nothing of this is left to post."))
        for company, group in charges.grouped("company_id").items():
            group._post(company._credit_today())
        return True

    def action_unpost(self):
        """Reverse the entries: claimed as before, payments are free again."""
        charges = self._as_officer(self.env._("Only credit officers post charges."))
        charges = charges.filtered("item_ids")
        if not charges:
            raise UserError(self.env._("Nothing of this is posted."))
        for company, group in charges.grouped("company_id").items():
            group._unpost(company._credit_today())
        return True

    def action_view_entries(self):
        """The entries that these charges are posted with."""
        moves = self.item_ids.move_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Entries of costs and interest"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", moves.ids)],
            "context": {"create": False},
        }

    # -- post ------------------------------------------------------------------

    def _post(self, as_of: date) -> None:
        """Post these charges, those of a notice in one entry."""
        for charges in self.grouped("notice_id").values():
            charges._post_amounts({c: c.net_amount for c in charges}, as_of)

    def _unpost(self, as_of: date) -> None:
        for charges in self.grouped("notice_id").values():
            charges.item_ids.remove_move_reconcile()
            # What was waived has been taken back already.
            charges._post_amounts({c: -c.net_amount for c in charges}, as_of)
            charges.item_ids = [Command.clear()]

    def _forget_reversed(self, items, as_of: date) -> None:
        """The entry with ``items`` was reversed: what was waived of it goes, too."""
        self.item_ids = [Command.unlink(item.id) for item in items]
        rest = {
            charge: -sum(charge._get_posted_items().mapped("amount_currency"))
            for charge in self
        }
        self._post_amounts(rest, as_of)
        for charge in self:
            left = charge._get_posted_items().filtered(lambda i: not i.reconciled)
            left.reconcile()
        self.item_ids = [Command.clear()]

    def _waive(self, reason: str, amount: float) -> None:
        before = {charge: charge.waived_amount for charge in self}
        result = super()._waive(reason, amount)
        self._follow(before)
        return result

    def _reinstate(self, reason: str, amount: float) -> None:
        before = {charge: charge.waived_amount for charge in self}
        result = super()._reinstate(reason, amount)
        self._follow(before)
        return result

    def _follow(self, waived_before: Mapping) -> None:
        """Bring the ledger in line with what is waived now."""
        posted = self.sudo().filtered("is_posted")
        for company, charges in posted.grouped("company_id").items():
            amounts = {c: waived_before[c] - c.waived_amount for c in charges}
            charges._post_amounts(amounts, company._credit_today())

    def _post_amounts(self, amounts: Mapping, as_of: date) -> None:
        """Post ``amounts`` of these charges in one entry; negative: take back."""
        amounts = {c: a for c, a in amounts.items() if not c.currency_id.is_zero(a)}
        if not amounts:
            return
        company = self.company_id
        company._check_charge_accounts()
        entry = self._create_entry(company, amounts, as_of)
        items = entry.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        for charge, item in zip(amounts, items.sorted("id"), strict=True):
            charge.item_ids = [Command.link(item.id)]
            if amounts[charge] < 0:
                charge._get_posted_items().filtered(
                    lambda i: not i.reconciled
                ).reconcile()

    def _create_entry(self, company, amounts: Mapping, as_of: date):
        journal = company.credit_charge_journal_id
        taxed = any(charge._get_taxes() for charge in amounts)
        locks = company._get_violated_lock_dates(as_of, taxed, journal)
        day = locks[-1][0] + timedelta(days=1) if locks else as_of
        lines = [
            Command.create(vals)
            for charge, amount in amounts.items()
            for vals in charge._prepare_entry_lines(amount, day)
        ]
        entry = (
            self.env["account.move"]
            .sudo()
            .with_company(company)
            # The taxes are computed here: they are part of what is claimed.
            .with_context(skip_invoice_sync=True)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "date": day,
                    "ref": ", ".join(dict.fromkeys(self.notice_id.mapped("name"))),
                    "line_ids": lines,
                }
            )
        )
        entry._post(soft=False)
        return entry

    def _prepare_entry_lines(self, amount: float, day: date) -> list[dict]:
        """The receivable item, what is earned, and the taxes that are part of it."""
        taxes = self._get_taxes()
        sign = -1 if amount < 0 else 1
        computed = taxes.with_context(force_price_include=True).compute_all(
            abs(amount),
            self.currency_id,
            partner=self.profile_id.partner_id,
            is_refund=amount < 0,
        )
        tax_lines = [
            self._prepare_entry_line(
                -sign * self.currency_id.round(tax["amount"]),
                day,
                account_id=tax["account_id"] or self._get_income_account().id,
                tax_repartition_line_id=tax["tax_repartition_line_id"],
                tax_tag_ids=[Command.set(tax["tag_ids"])],
                tax_base_amount=tax["base"],
                name=tax["name"],
            )
            for tax in computed["taxes"]
        ]
        receivable = self._prepare_entry_line(
            amount,
            day,
            account_id=self._get_receivable_account().id,
            date_maturity=self.date,
        )
        rest = [receivable, *tax_lines]
        earned = self._prepare_entry_line(
            self.currency_id.round(-sum(vals["amount_currency"] for vals in rest)),
            day,
            account_id=self._get_income_account().id,
            tax_ids=[Command.set(taxes.ids)],
            tax_tag_ids=[Command.set(computed["base_tags"])],
        )
        # To the cent, whatever rounding the rate of exchange leaves.
        earned["balance"] = -sum(vals["balance"] for vals in rest)
        return [receivable, earned, *tax_lines]

    def _prepare_entry_line(self, amount: float, day: date, **vals) -> dict:
        company = self.company_id
        # The debtor reads it on his page, as the lines of an invoice.
        lang = self.profile_id._get_contact().lang or self.env.lang
        return {
            "name": self.with_context(lang=lang).display_name,
            "partner_id": self.profile_id.partner_id.id,
            "currency_id": self.currency_id.id,
            "amount_currency": amount,
            "balance": self.currency_id._convert(
                amount, company.currency_id, company, day
            ),
            **vals,
        }

    def _get_receivable_account(self):
        """The account of what was claimed beside it, so that one payment pays both."""
        items = self.line_id.item_id or self.notice_id._get_claims().item_id
        partner = self.profile_id.partner_id.with_company(self.company_id)
        return items.account_id[:1] or partner.property_account_receivable_id

    def _get_income_account(self):
        company = self.company_id
        if self.kind == "interest":
            return company.credit_interest_account_id
        return company.credit_costs_account_id

    def _get_taxes(self):
        """Those of the account, for this customer."""
        taxes = self._get_income_account().tax_ids._filter_taxes_by_company(
            self.company_id
        )
        position = (
            self.env["account.fiscal.position"]
            .with_company(self.company_id)
            ._get_fiscal_position(self.profile_id.partner_id)
        )
        return position.map_tax(taxes)
