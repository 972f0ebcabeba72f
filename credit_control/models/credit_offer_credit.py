from datetime import date

from odoo import Command, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import format_amount, format_date

from ..core.interest import ONE_DAY
from ..core.money import to_decimal
from ..core.offers import spread


class CreditOfferCredit(models.Model):
    """The discount of an offer that was taken up: credit notes, so that the VAT is
    corrected too. What can't be credited by itself is left to an officer.
    """

    _inherit = "credit.offer"

    def _credit(self, amount: float, as_of: date) -> None:
        """Credit ``amount`` of what is still open of the offered items."""
        claims = self._get_open_claims()
        parts = spread(
            to_decimal(amount),
            [to_decimal(item.amount_residual_currency) for item in claims],
        )
        shares = dict(zip(claims, map(float, parts), strict=True))
        for move, items in claims.grouped("move_id").items():
            if share := self.currency_id.round(sum(shares[item] for item in items)):
                self._credit_move(move, items, share, as_of)

    def _get_open_claims(self):
        """What is still open of the offered items, the oldest first."""
        return self.line_ids.item_id.filtered(
            lambda item: item.parent_state == "posted"
            and item.amount_residual_currency > 0
        ).sorted(lambda item: (item.date_maturity or item.date, item.id))

    def _credit_move(self, move, items, amount: float, as_of: date) -> None:
        if move.move_type != "out_invoice":
            self._ask_to_credit(move, amount, self.env._("It is no invoice."))
            return
        try:
            with self.env.cr.savepoint():
                self._make_credit_note(move, items, amount, as_of)
        except (UserError, RedirectWarning) as error:
            self._ask_to_credit(move, amount, str(error.args[0]))

    def _make_credit_note(self, invoice, items, amount: float, as_of: date) -> None:
        note = (
            self.env["account.move"]
            .with_company(invoice.company_id)
            .create(self._prepare_credit_note_vals(invoice, amount, as_of))
        )
        self._check_total(note, amount)
        receivable = note.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        receivable.account_id = items.account_id
        note._post(soft=False)
        self._match(items, receivable)
        self.credit_note_ids += note

    def _check_total(self, note, amount: float) -> None:
        if note.currency_id.compare_amounts(note.amount_total, amount):
            raise UserError(
                self.env._(
                    "The taxes of %(document)s don't let %(amount)s be credited to "
                    "the cent.",
                    document=note.reversed_entry_id.name,
                    amount=format_amount(self.env, amount, note.currency_id),
                )
            )

    def _match(self, items, receivable) -> None:
        """Match the credit with the offered instalments.

        Posting has matched it with the instalment that is due first.
        """
        offered = receivable.matched_debit_ids.debit_move_id <= items
        if not (receivable.reconciled and offered):
            receivable.remove_move_reconcile()
            (items.filtered(lambda item: not item.reconciled) | receivable).reconcile()

    def _prepare_credit_note_vals(self, invoice, amount: float, as_of: date) -> dict:
        day = self._get_open_day(invoice, as_of)
        return {
            "move_type": "out_refund",
            "reversed_entry_id": invoice.id,
            "partner_id": invoice.partner_id.id,
            "partner_shipping_id": invoice.partner_shipping_id.id,
            "journal_id": invoice.journal_id.id,
            "currency_id": invoice.currency_id.id,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "invoice_user_id": invoice.invoice_user_id.id,
            "invoice_payment_term_id": False,
            "invoice_date": day,
            "date": day,
            "ref": self._word_credit(invoice),
            "invoice_line_ids": [
                Command.create(vals)
                for vals in self._prepare_credit_note_lines(invoice, amount)
            ],
        }

    def _get_open_day(self, invoice, as_of: date) -> date:
        """``as_of``, or the first day after it that is not locked."""
        locks = invoice.company_id._get_violated_lock_dates(
            as_of, True, invoice.journal_id
        )
        return locks[-1][0] + ONE_DAY if locks else as_of

    def _prepare_credit_note_lines(self, invoice, amount: float) -> list[dict]:
        """A line for each account and taxes of the invoice, by their share of it."""
        taxes = self.env["account.tax"]
        base_lines, _tax_lines = invoice._get_rounded_base_and_tax_lines()
        parts = taxes._prepare_down_payment_lines(
            [line for line in base_lines if not line["special_type"]],
            invoice.company_id,
            "fixed",
            amount,
            computation_key=f"credit_offer,{self.id},{invoice.id}",
            grouping_function=lambda line: {"account_id": line["account_id"]},
        )
        return [
            {
                "name": self._word_credit(invoice),
                "quantity": 1,
                "price_unit": part["price_unit"],
                "account_id": part["account_id"].id,
                "tax_ids": [Command.set(part["tax_ids"].ids)],
                "analytic_distribution": part["analytic_distribution"],
                "extra_tax_data": taxes._export_base_line_extra_tax_data(part),
            }
            for part in parts
        ]

    def _word_credit(self, invoice) -> str:
        spoken = self.with_context(lang=invoice.partner_id.lang or self.env.lang)
        return spoken.env._(
            "Discount for payment by %(day)s, %(document)s",
            day=format_date(spoken.env, self.until),
            document=invoice.name,
        )

    def _ask_to_credit(self, move, amount: float, why: str) -> None:
        """Leave to an officer what is to be credited by hand."""
        profile = self.profile_id
        profile.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._(
                "Credit %(amount)s on %(document)s by hand",
                amount=format_amount(self.env, amount, self.currency_id),
                document=move.name,
            ),
            note=self.env._(
                "%(offer)s was taken up. %(why)s", offer=self.display_name, why=why
            ),
            user_id=(profile.collector_id or profile._get_last_sender()).id,
        )
