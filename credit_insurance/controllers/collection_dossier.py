import zipfile
from typing import BinaryIO

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import Response, request

from odoo.addons.credit_control.controllers.download import send_file


class CollectionDossier(http.Controller):
    """Dossiers for the agency, which has a link, and for colleagues."""

    @http.route(
        "/credit/dossier/<string:token>.<string:kind>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def dossier(self, token: str, kind: str, **_ignored: str) -> Response:
        """The ZIP or PDF; a wrong link looks like one that has expired."""
        file = request.env["credit.collection.file"]._find_by_link(token)
        wanted = {"zip": file.dossier_id, "pdf": file.dossier_pdf_id}.get(kind)
        if not wanted:
            raise NotFound()
        stream = request.env["ir.binary"].sudo()._get_stream_from(wanted)
        response = stream.get_response(as_attachment=True)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    @http.route(
        "/credit/collection/dossiers.zip", type="http", auth="user", methods=["GET"]
    )
    def dossiers(self, ids: str = "", **_ignored: str) -> Response:
        """The ZIPs of several files in one, put together on disk."""
        wanted = [int(part) for part in ids.split(",") if part.isdigit()]
        files = request.env["credit.collection.file"].search([("id", "in", wanted)])
        dossiers = files.sudo().dossier_id
        if not dossiers:
            raise NotFound()

        def write(target: BinaryIO) -> None:
            # What is inside is compressed already.
            with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
                for dossier in dossiers:
                    dossier._credit_add_to(archive, dossier.name)

        return send_file(write, "application/zip", "dossiers.zip")
