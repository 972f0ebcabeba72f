from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import Response, request

from odoo.addons.credit_control.controllers.download import send_file

TYPES = {
    "zip": "application/zip",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class CreditInsuranceController(http.Controller):
    """Files that are made when they are asked for, and sent in pieces."""

    @http.route(
        "/credit_insurance/dossier/<string:model>/<int:record_id>.<string:kind>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def dossier(self, model: str, record_id: int, kind: str) -> Response:
        """The dossier of whoever may read the record."""
        if kind not in ("zip", "pdf"):
            raise NotFound()
        record = self._find(model, record_id, "credit.dossier")
        today = record.company_id._credit_today()
        write = getattr(record, f"_write_{kind}")
        return send_file(
            lambda file: write(file, today),
            TYPES[kind],
            f"{record._get_dossier_name()}.{kind}",
        )

    @http.route(
        "/credit_insurance/declaration/<int:record_id>.<string:kind>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def declaration(self, record_id: int, kind: str) -> Response:
        """The declaration as the insurer's file, or as a workbook."""
        if kind not in ("csv", "xlsx"):
            raise NotFound()
        record = self._find("credit.declaration", record_id)
        return send_file(
            getattr(record, f"_write_{kind}"),
            TYPES[kind],
            f"{record._get_file_name()}.{kind}",
        )

    def _find(self, model: str, record_id: int, parent: str | None = None):
        """The record, if the user may read it and the company is one of his."""
        children = parent and request.env.registry[parent]._inherit_children
        if model not in request.env or (parent and model not in children):
            raise NotFound()
        record = request.env[model].browse(record_id).exists()
        if not record:
            raise NotFound()
        record = record.with_context(
            allowed_company_ids=request.env.user.company_ids.ids
        )
        record.check_access("read")
        return record
