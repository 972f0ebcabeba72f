from io import BytesIO

from odoo import models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Make letters and agreements one by one; Odoo puts them together.

        Builds of wkhtmltopdf without Qt patches, as Debian has, refuse several
        documents at once. Models with ``_get_kept_letter()`` show what was sent or
        signed as it was.
        """
        prepare = super()._render_qweb_pdf_prepare_streams
        model = self._get_report(report_ref).model
        if not res_ids or not hasattr(self.env.get(model), "_get_kept_letter"):
            return prepare(report_ref, data, res_ids=res_ids)
        streams = {}
        for record in self.env[model].browse(res_ids):
            stored = record._get_kept_letter()
            if stored and stored.mimetype == "application/pdf":
                streams[record.id] = {
                    "stream": BytesIO(stored.raw),
                    "attachment": stored,
                }
            else:
                streams |= prepare(report_ref, data, res_ids=record.ids)
        return streams
