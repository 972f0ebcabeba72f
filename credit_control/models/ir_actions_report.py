from io import BytesIO

from odoo import models

LETTER = "credit_control.report_notice"


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Make dunning letters one by one; Odoo puts them together.

        Builds of wkhtmltopdf without Qt patches, as Debian has, refuse several
        documents at once. A letter that was sent is shown as it was sent.
        """
        prepare = super()._render_qweb_pdf_prepare_streams
        if not res_ids or self._get_report(report_ref).report_name != LETTER:
            return prepare(report_ref, data, res_ids=res_ids)
        streams = {}
        for notice in self.env["credit.notice"].browse(res_ids):
            stored = notice.state == "sent" and notice.attachment_id
            if stored and stored.mimetype == "application/pdf":
                streams[notice.id] = {
                    "stream": BytesIO(stored.raw),
                    "attachment": stored,
                }
            else:
                streams |= prepare(report_ref, data, res_ids=notice.ids)
        return streams
