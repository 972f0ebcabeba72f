from datetime import date, timedelta
from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..core.costs import LEGAL_MAXIMUM, NONE
from ..core.escalation import awaits_law
from .credit_regime import FOURTEEN_DAY_LETTER, FREE_REMINDER, WAYS

LEGAL_NOTICES = (FREE_REMINDER, FOURTEEN_DAY_LETTER)


class CreditNoticeLaw(models.Model):
    """The notice that some laws ask for before costs may be claimed.

    It says what will be claimed, and from when on. Only one that has all its
    elements is sent.
    """

    _inherit = "credit.notice"

    announced_amount = fields.Monetary(
        string="Costs announced",
        readonly=True,
        help="What the notice says will be claimed if the debtor doesn't pay in time.",
    )

    law_missing = fields.Char(string="Missing by law", compute="_compute_law_missing")

    @api.depends("state", "level_id", "channel", "line_ids.state")
    @api.depends_context("lang")
    def _compute_law_missing(self):
        for notice in self:
            waits = notice.state in ("proposed", "failed")
            notice.law_missing = waits and notice._get_law_missing()

    def _get_regimes(self) -> dict:
        """{notice: the legal regime of its debtor on its day}."""
        found = {}
        for question, notices in self.grouped(
            lambda notice: notice.profile_id._get_law_question(notice.date)
        ).items():
            regime = self.env["credit.regime"]._get_for(*question)
            found |= dict.fromkeys(notices, regime)
        return found

    def _get_regime(self):
        return self._get_regimes()[self]

    def _announces_costs(self) -> bool:
        """Whether this notice is the one that the law asks for before costs."""
        return (
            self._is_first_notice()
            and self.currency_id.compare_amounts(self._get_announced_amount(), 0) > 0
        )

    def _is_first_notice(self) -> bool:
        return (
            self.level_id.first_notice
            and self.channel in WAYS
            and self._get_regime().first_notice in LEGAL_NOTICES
        )

    def _get_announced_amount(self) -> float:
        """The costs that will be claimed once the term has gone by."""
        if self.state == "sent" or self.announced_amount:
            return self.announced_amount
        charges = self.env["credit.charge"]
        book = charges._read_book(self)
        costs = charges._get_costs(
            self, book.get_lines(self), book, self._get_costs_to_come()
        )
        return float(sum(costs))

    def _get_costs_to_come(self) -> Decimal:
        """What later levels claim by contract: the amount announced is exact. All
        that the law allows where none of them claims costs.
        """
        agreed = sum(
            level._get_agreed_costs(self.currency_id, self.company_id, self.date)
            for level in self._get_levels_to_come()
        )
        return agreed or LEGAL_MAXIMUM

    def _get_levels_to_come(self):
        return self.policy_id.sudo().level_ids.filtered(
            lambda level: level.number > self.level_number
        )

    def _get_costs_from(self) -> date:
        """First day on which costs may be claimed after this notice."""
        announced = self._get_claims().filtered("costs_from")
        return announced[:1].costs_from or self._get_chargeable_day(self.date)

    def _get_chargeable_day(self, sent: date) -> date:
        return self._get_regime()._first_chargeable_day(
            sent, self.channel, self.partner_id.country_id
        )

    def _announce_costs(self) -> None:
        """Remember what was announced, and from when on it may be claimed."""
        if self._announces_costs():
            self.announced_amount = self._get_announced_amount()
            lines = self._get_claims()
            lines.filtered(lambda line: line.due_date < self.date).write(
                {"costs_from": self._get_costs_from()}
            )

    def _announce_again(self) -> None:
        """The debtor's days to pay start anew: the notice didn't arrive."""
        for notice in self:
            announced = notice.line_ids.filtered("costs_from")
            today = notice.company_id._credit_today()
            if announced:
                announced.costs_from = notice._get_chargeable_day(today)

    # -- words -----------------------------------------------------------------

    def _get_level_words(self) -> tuple[str, str]:
        subject, text = super()._get_level_words()
        if not self._announces_costs():
            return subject, text
        return subject, Markup(text) + self._get_legal_words()

    def _get_legal_words(self) -> Markup:
        """What the law wants such a notice to say, in the debtor's language."""
        spoken = self.with_context(lang=self.lang)
        sentences = getattr(spoken, f"_word_{self._get_regime().first_notice}")()
        return Markup("").join(Markup("<p>%s</p>") % words for words in sentences)

    def _get_legal_figures(self) -> dict[str, str]:
        costs_from, days = self._get_costs_from(), self._get_regime().first_notice_days
        return {
            "amount": format_amount(self.env, self.amount_total, self.currency_id),
            "costs": format_amount(
                self.env, self._get_announced_amount(), self.currency_id
            ),
            "days": str(days),
            "first_day": format_date(self.env, costs_from - timedelta(days)),
            "last_day": format_date(self.env, costs_from - timedelta(1)),
        }

    def _word_free_reminder(self) -> list[str]:
        return [
            self._word_term(),
            self._word_creditor(),
            *(self._word_goods(line) for line in self._get_claims()),
        ]

    def _word_term(self) -> str:
        figures = self._get_legal_figures()
        if self._announces_interest():
            return self.env._(
                "This reminder is free of charge. You have %(days)s calendar days to "
                "pay, from %(first_day)s until %(last_day)s. If we have not received "
                "the amount due of %(amount)s by then, we shall claim a compensation of "
                "%(costs)s and interest for late payment, as our general terms provide.",
                **figures,
            )
        return self.env._(
            "This reminder is free of charge. You have %(days)s calendar days to pay, "
            "from %(first_day)s until %(last_day)s. If we have not received the amount "
            "due of %(amount)s by then, we shall claim a compensation of %(costs)s, as "
            "our general terms provide.",
            **figures,
        )

    def _announces_interest(self) -> bool:
        """Whether a level to come claims interest, or none says what is claimed."""
        levels = self._get_levels_to_come()
        claiming = levels.filtered(lambda level: level._has_costs())
        return not claiming or any(level._has_interest() for level in levels)

    def _word_fourteen_day_letter(self) -> list[str]:
        figures = self._get_legal_figures()
        if self.company_id.credit_deducts_vat:
            words = self.env._(
                "Please pay the amount due of %(amount)s within %(days)s days, counted "
                "from the day after this letter was delivered to you. If we have not "
                "received it within that term, we shall claim costs of collection of "
                "%(costs)s from you in addition; no VAT is added.",
                **figures,
            )
        else:
            words = self.env._(
                "Please pay the amount due of %(amount)s within %(days)s days, counted "
                "from the day after this letter was delivered to you. If we have not "
                "received it within that term, we shall claim costs of collection of "
                "%(costs)s from you in addition, VAT included.",
                **figures,
            )
        return [words, self._word_creditor()]

    def _word_creditor(self) -> str:
        return self.env._(
            "Creditor: %(company)s, enterprise number %(number)s.",
            company=self.company_id.name,
            number=self._get_enterprise_number(),
        )

    def _word_goods(self, line) -> str:
        """What the document of ``line`` is for."""
        return self.env._(
            "%(document)s, due on %(due)s: %(goods)s",
            document=line.name,
            due=format_date(self.env, line.due_date),
            goods=self._get_goods(line),
        )

    def _get_goods(self, line) -> str:
        """By the invoice; by the entry of what was taken over from elsewhere."""
        item = line.sudo().item_id
        names = item.move_id.invoice_line_ids.mapped("name")
        if not item.move_id.is_invoice():
            names = [name for name in (item.name, item.ref) if name != line.name]
        return ", ".join(dict.fromkeys(filter(None, names)))

    def _get_enterprise_number(self) -> str:
        company = self.company_id.sudo()
        return company.company_registry or company.vat or ""

    def _check_level(self, level, lines) -> None:
        super()._check_level(level, lines)
        if not level._has_costs():
            return
        notice = lines.notice_id
        items = self.env["credit.dunning"]._fetch_items(
            notice.company_id,
            notice.date,
            item_ids=lines.item_id.ids,
            ignore_notices=notice.ids,
        )
        core_level = level._get_core_level()
        if any(awaits_law(item, core_level, notice.date) for item in items):
            raise UserError(
                self.env._(
                    "%(level)s claims costs, and the law does not allow that yet for "
                    "%(debtor)s: first comes a reminder that announces them.",
                    level=level.name,
                    debtor=notice.partner_id.display_name,
                )
            )

    def _check_law(self) -> None:
        """Refuse a notice that lacks what the law wants it to say."""
        missing = self._get_law_missing()
        if missing:
            raise UserError(missing)

    def _get_law_missing(self) -> str | bool:
        """What the law wants this notice to say and nobody filled in, in words."""
        if not self._is_first_notice():
            return False
        regime = self._get_regime()
        if not regime.first_notice_days or regime.cost_rule == NONE:
            return self.env._(
                "The law wants the amount of the costs and the days to pay on this "
                "reminder: fill them in under %s.",
                regime.display_name,
            )
        if not self._announces_costs():
            return False
        if not self._get_enterprise_number():
            return self.env._(
                "The law wants the enterprise number on this reminder: fill in "
                "the Company ID of %s.",
                self.company_id.name,
            )
        return self._get_goods_missing(regime)

    def _get_goods_missing(self, regime) -> str | bool:
        if regime.first_notice != FREE_REMINDER:
            return False
        claims = self._get_claims()
        unnamed = claims.filtered(lambda line: not self._get_goods(line))[:1]
        return bool(unnamed) and self.env._(
            "The law wants this reminder to say what %s is for: fill in the label of "
            "its lines.",
            unnamed.name,
        )
