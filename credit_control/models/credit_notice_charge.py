from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date, formatLang


class CreditNoticeCharge(models.Model):
    """What a notice claims beside the principal.

    While it is proposed that follows from its level; once sent, its charges are
    records of their own.
    """

    _inherit = "credit.notice"

    charge_ids = fields.One2many(
        "credit.charge", "notice_id", string="Charges", readonly=True
    )
    charge_waiver = fields.Char(
        string="Why without costs and interest",
        readonly=True,
        help="Given in the review: what the notice would claim counts as waived.",
    )
    earlier_amount = fields.Monetary(
        string="Claimed before",
        readonly=True,
        help="Costs and interest of earlier notices that were still claimed when this "
        "one was sent.",
    )
    charge_amount = fields.Monetary(
        string="Costs and interest", compute="_compute_amount_to_pay"
    )
    amount_to_pay = fields.Monetary(
        string="Total to pay", compute="_compute_amount_to_pay"
    )

    @api.depends("state", "amount_total", "charge_waiver", "charge_ids.net_amount")
    def _compute_amount_to_pay(self):
        charges, earlier = self._get_charges(), self._get_earlier_amounts()
        for notice in self:
            notice.charge_amount = sum(charges[notice].mapped("net_amount"))
            notice.amount_to_pay = (
                notice.amount_total + notice.charge_amount + earlier[notice]
            )

    def _get_charges(self) -> dict:
        """{notice: its charges}; those of a proposal are not stored yet."""
        charges = self.env["credit.charge"]
        found = dict.fromkeys(self, charges) | self.charge_ids.grouped("notice_id")
        waiting = self.filtered(lambda n: n.state == "proposed" and not found[n])
        for notice, vals_list in charges._prepare(waiting).items():
            found[notice] = charges.concat(*map(charges.new, vals_list))
        return found

    def _get_earlier_amounts(self) -> dict:
        """{notice: what it claims along of earlier notices}."""
        sent = self.filtered(lambda notice: notice.state == "sent")
        open_ = (self - sent)._fetch_earlier_amounts()
        return {
            notice: notice.earlier_amount if notice in sent else open_.get(notice.id, 0)
            for notice in self
        }

    def _fetch_earlier_amounts(self) -> dict[int, float]:
        """{notice id: charges that earlier runs claimed of the same debtor}.

        Of several notices that a debtor gets at once only the highest claims them.
        What somebody is offered to save isn't claimed as long as the offer stands.
        """
        self.flush_model()
        charges = self.env["credit.charge"]
        charges.flush_model()
        self.env["credit.offer"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT n.id, SUM(c.open_amount)::float8
                      FROM credit_notice n
                      JOIN credit_charge c
                        ON c.profile_id = n.profile_id
                       AND c.currency_id = n.currency_id
                       AND c.open_amount > 0
                      JOIN credit_notice o
                        ON o.id = c.notice_id AND o.run_id <> n.run_id
                     WHERE n.id = ANY(%s)
                       AND c.id NOT IN (%s)
                       AND NOT EXISTS (
                           SELECT FROM credit_notice s
                            WHERE s.run_id = n.run_id
                              AND s.profile_id = n.profile_id
                              AND s.currency_id = n.currency_id
                              AND s.state IN ('proposed', 'failed', 'sent')
                              AND (s.level_number, -s.id) > (n.level_number, -n.id))
                  GROUP BY n.id
                    """,
                    self.ids,
                    self.env["credit.offer"]._offered_charges_sql(),
                )
            )
        )

    def _claim_charges(self) -> None:
        """Keep what the notice claims beside the principal from now on."""
        charges = self.env["credit.charge"]
        self.earlier_amount = self._get_earlier_amounts()[self]
        charges = charges.create(charges._prepare(self)[self])
        if self.company_id.credit_charge_posting == "notice":
            charges._post(self.date)

    # -- words -----------------------------------------------------------------

    def _get_charge_lines(self) -> list[tuple[str, float]]:
        """[(words, amount)] that stand between the items and the total."""
        charges = self._get_charges()[self]
        interest = charges.filtered(lambda charge: charge.kind == "interest")
        lines = [
            (self._word_interest(interest), interest),
            (self._word_costs(charges - interest), charges - interest),
        ]
        amounts = [
            *((words, sum(part.mapped("net_amount"))) for words, part in lines),
            (self.env._("Claimed before"), self._get_earlier_amounts()[self]),
        ]
        return [line for line in amounts if not self.currency_id.is_zero(line[1])]

    def _word_costs(self, costs) -> str:
        vat = sum(costs.filtered("net_amount").mapped("vat_amount"))
        if self.currency_id.is_zero(vat):
            return self.env._("Costs")
        amount = format_amount(self.env, vat, self.currency_id)
        return self.env._("Costs, VAT of %s included", amount)

    def _word_interest(self, interest) -> str:
        rates = set(interest.mapped("rate"))
        if len(rates) != 1:
            return self.env._("Interest")
        return self.env._(
            "Interest until %(day)s (%(rate)s %% a year)",
            day=format_date(self.env, max(interest.mapped("last_day"))),
            rate=formatLang(self.env, rates.pop(), digits=2),
        )
