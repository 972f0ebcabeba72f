from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _credit_render(self, record, lang: str, *fields: str) -> dict:
        """{field: what the template says of ``record``} in the language ``lang``.

        A template that names no language is otherwise rendered in that of the record's
        partner, who need not be the one that is written to.
        """
        template = self.with_context(lang=lang, template_preview_lang=lang)
        return template._generate_template(record.ids, set(fields))[record.id]
