from datetime import date
from io import BytesIO

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from .credit_snapshot import last_month_end


class CreditAgeingMail(models.AbstractModel):
    """The workbook of each month, to whom the company chose."""

    _inherit = "credit.ageing"

    @api.model
    def _cron_monthly(self) -> None:
        for company in self.env["res.company"].search(
            [("credit_ageing_user_ids", "!=", False)]
        ):
            self._send_monthly(company, last_month_end(company._credit_today()))

    @api.model
    def _send_monthly(self, company, day: date) -> None:
        """The ageing as of ``day``, once; to who may see it, in his language."""
        if company.credit_ageing_sent and company.credit_ageing_sent >= day:
            return
        company.credit_ageing_sent = day
        for user in company.credit_ageing_user_ids:
            ageing = self.with_user(user).with_context(
                allowed_company_ids=company.ids, lang=user.lang
            )
            try:
                ageing._send_to(user, company.with_env(ageing.env), day)
            except AccessError:
                self._tell_refused(company, user)

    @api.model
    def _send_to(self, user, company, day: date) -> None:
        file = BytesIO()
        scheme = self.env["credit.ageing.scheme"]._get_default(company)
        self._workbook(file, company, day, scheme)
        title = self.env._(
            "Ageing of %(company)s as of %(day)s",
            company=company.name,
            day=format_date(self.env, day),
        )
        body = self.env._("What debtors owed at the end of the month is attached.")
        self.env["mail.thread"].sudo().message_notify(
            partner_ids=user.partner_id.ids,
            subject=title,
            body=Markup("<p>%s</p>") % body,
            attachments=[(f"{self.env._('Ageing')} {day}.xlsx", file.getvalue())],
        )

    @api.model
    def _tell_refused(self, company, user) -> None:
        """Whoever chose him for it has to know."""
        company.partner_id._message_log(
            body=self.env._(
                "%s was not sent the monthly ageing: he has no right to see it.",
                user.name,
            )
        )
