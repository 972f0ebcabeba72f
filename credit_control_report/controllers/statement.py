from datetime import date

from werkzeug.exceptions import BadRequest, NotFound

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

from odoo.addons.credit_control.controllers.portal import CreditPortal

from ..models.credit_profile_statement import MOVES, OPEN
from .main import XLSX

MAKERS = {
    "pdf": ("_render_statement", "application/pdf"),
    "xlsx": ("_write_statement", XLSX),
}


def download(profile, extension: str, kind: str, as_of: date, *asked):
    """The statement of ``profile`` as a file."""
    if extension not in MAKERS:
        raise NotFound()
    maker, mimetype = MAKERS[extension]
    name, content = getattr(profile, maker)(kind, as_of, *asked)
    # Where there is no PDF renderer, it is a page.
    if extension == "pdf" and not content.startswith(b"%PDF"):
        mimetype = "text/html"
    return request.make_response(
        content,
        headers=[
            ("Content-Type", mimetype),
            ("Content-Length", str(len(content))),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "private, no-store"),
        ],
    )


class StatementController(http.Controller):
    @http.route(
        "/credit_control_report/statement/<int:profile_id>.<string:extension>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def statement(
        self,
        profile_id: int,
        extension: str,
        kind: str = OPEN,
        as_of: str = "",
        since: str = "",
        with_group: str = "",
        **_ignored: str,
    ):
        """A debtor's statement, for whoever may see his file.

        :param kind: "open", or "moves" with ``since``
        :param with_group: "1" with the other debtors of his group
        """
        profile = request.env["credit.profile"].browse(profile_id).exists()
        if not profile or not profile.has_access("read"):
            raise NotFound()
        profile = profile.with_company(profile.company_id)
        day = self._parse_day(as_of) or profile.company_id._credit_today()
        first = self._parse_day(since)
        if kind not in (OPEN, MOVES) or (kind == MOVES and not first):
            raise BadRequest(request.env._("Say which movements: since which day?"))
        try:
            return download(profile, extension, kind, day, first, with_group == "1")
        except AccessError as error:
            raise NotFound() from error
        except UserError as error:
            raise BadRequest(str(error)) from error

    def _parse_day(self, text: str) -> date | None:
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise BadRequest(request.env._("“%s” is not a date.", text)) from error


class StatementPortal(CreditPortal):
    @http.route(
        "/my/credit/<int:profile_id>/statement.<string:extension>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def credit_statement(self, profile_id, extension, access_token=None, **_ignored):
        """What is open today, for whoever has the key of the page."""
        profile = self._credit_profile(profile_id, access_token)
        try:
            return download(
                profile, extension, OPEN, profile.company_id._credit_today()
            )
        except UserError as error:
            # Why it doesn't add up is the accountant's business.
            raise NotFound() from error
