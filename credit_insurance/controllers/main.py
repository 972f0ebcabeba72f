from collections.abc import Callable
from tempfile import TemporaryFile
from typing import BinaryIO

from werkzeug.exceptions import NotFound
from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.http import Response, content_disposition, request

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
        return self._send(
            lambda file: write(file, today), kind, record._get_dossier_name()
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
        return self._send(
            getattr(record, f"_write_{kind}"), kind, record._get_file_name()
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

    def _send(
        self, write: Callable[[BinaryIO], None], kind: str, name: str
    ) -> Response:
        file = TemporaryFile()
        try:
            write(file)
        except BaseException:
            file.close()
            raise
        size = file.seek(0, 2)
        file.seek(0)
        pieces = wrap_file(request.httprequest.environ, file)
        headers = [
            ("Content-Type", TYPES[kind]),
            ("Content-Length", str(size)),
            ("Content-Disposition", content_disposition(f"{name}.{kind}")),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "private, no-store"),
        ]
        return Response(pieces, headers=headers, direct_passthrough=True)
