from datetime import date

from werkzeug.exceptions import BadRequest

from odoo import http
from odoo.http import Response, request

from odoo.addons.credit_control.controllers.download import send_file

from ..models.credit_ageing import DUE, INVOICED

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CreditAgeingController(http.Controller):
    @http.route(
        "/credit_control_report/ageing.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def ageing(
        self,
        as_of: str = "",
        company_ids: str = "",
        scheme_id: str = "",
        by: str = DUE,
        drafts: str = "",
        **_ignored: str,
    ) -> Response:
        """The ageing workbook, for a viewer and for his own companies.

        :param as_of: YYYY-MM-DD; today if empty
        :param company_ids: ids separated by commas; the user's company if empty
        :param scheme_id: credit.ageing.scheme; the company's first one if empty
        :param by: "date" for the invoice date instead of the due date
        :param drafts: "1" with drafts
        """
        today = request.env.company._credit_today()
        day = self._parse_date(as_of) if as_of else today
        if by not in (DUE, INVOICED):
            raise BadRequest(request.env._("“%s” is neither due nor date.", by))
        companies = self._companies(company_ids)
        ageing = request.env["credit.ageing"]
        ageing._check_ageing_access(companies)
        scheme = self._scheme(scheme_id, companies)
        return send_file(
            lambda file: ageing._workbook(
                file, companies, day, scheme, by, drafts == "1"
            ),
            XLSX,
            f"{request.env._('Ageing')} {day}.xlsx",
        )

    def _parse_date(self, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise BadRequest(request.env._("“%s” is not a date.", text)) from error

    def _parse_ids(self, text: str) -> list[int]:
        try:
            return [int(part) for part in text.split(",") if part.strip()]
        except ValueError as error:
            raise BadRequest(
                request.env._("“%s” is not a list of ids.", text)
            ) from error

    def _companies(self, text: str):
        """Whether they are the user's own is checked by credit.ageing."""
        ids = self._parse_ids(text) or request.env.company.ids
        return request.env["res.company"].browse(dict.fromkeys(ids))

    def _scheme(self, text: str, companies):
        schemes = request.env["credit.ageing.scheme"]
        if text:
            scheme = schemes.browse(self._parse_ids(text)).exists()
        else:
            scheme = schemes._get_default(companies[0])
        if len(scheme) != 1:
            raise BadRequest(
                request.env._("There is no such scheme of ageing buckets.")
            )
        scheme.check_access("read")
        return scheme
