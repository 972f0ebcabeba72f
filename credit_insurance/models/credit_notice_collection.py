from odoo import models
from odoo.tools import email_normalize, formataddr

from odoo.addons.credit_control.models.credit_notice import EMAILS, LETTERS


class CreditNoticeCollection(models.Model):
    """A pre-collection letter speaks in the name of who collects.

    An agency has its own letterhead and signature, and its fee is noted; a department
    of ours is our own house under another name.
    """

    _inherit = "credit.notice"

    def _get_pre_collection_agency(self):
        """The agency in whose name the notice goes out; none for our own."""
        level = self.with_context(lang=self.lang).level_id.sudo()
        if level.pre_collection != "agency" or self.channel not in LETTERS + EMAILS:
            return self.env["credit.collection.agency"]
        return level.pre_collection_agency_id

    def _get_letterhead(self) -> str:
        """What stands below the name of who collects."""
        spoken = self.with_context(lang=self.lang)
        level = spoken.level_id.sudo()
        if not level.pre_collection:
            return ""
        if level.letterhead:
            return level.letterhead
        if level.pre_collection == "agency":
            return spoken.env._("On behalf of %s", self.company_id.name)
        return spoken.env._("Collections department")

    # -- sender ----------------------------------------------------------------

    def _get_sender(self):
        """Nobody of ours signs for an agency."""
        if self._get_pre_collection_agency():
            return self.env["res.users"]
        return super()._get_sender()

    def _get_signature(self) -> list[str]:
        """An agency signs, and says for whom."""
        if agency := self._get_pre_collection_agency():
            return [self._get_letterhead(), agency.name]
        return super()._get_signature()

    def _get_email_from(self, otherwise=None) -> str:
        """The name of who collects; its address where it lends it."""
        ours = super()._get_email_from(otherwise)
        agency = self._get_pre_collection_agency()
        if agency:
            name, lent = agency.name, agency.letter_sender == "agency"
            address = lent and agency._get_letter_address() or email_normalize(ours)
        else:
            name = ", ".join(
                filter(None, (self.company_id.name, self._get_letterhead()))
            )
            address = self._get_letterhead() and email_normalize(ours)
        return formataddr((name, address)) if address else ours

    def _get_answer_values(self) -> dict:
        """Answers go to the agency where it wants to have them."""
        agency = self._get_pre_collection_agency()
        address = agency.letter_sender != "us" and agency._get_letter_address()
        if agency and address:
            # Even to the address that the mail came from: else Odoo takes its own.
            return {"reply_to": formataddr((agency.name, address))}
        return super()._get_answer_values()

    def _get_mail_layout(self) -> str:
        """Without our logo around the agency's letter."""
        if self._get_pre_collection_agency():
            return "credit_insurance.mail_layout_agency"
        return super()._get_mail_layout()

    def _render_template(self) -> dict:
        rendered = super()._render_template()
        if agency := self._get_pre_collection_agency():
            rendered["body_html"] = self._render_part(
                "credit_insurance.notice_agency_mail",
                agency=agency,
                letterhead=self._get_letterhead(),
                body=rendered["body_html"],
            )
        return rendered

    # -- sent ------------------------------------------------------------------

    def _deliver(self) -> None:
        """What an agency charges for its letter is noted once, not when resent."""
        result = super()._deliver()
        if agency := self._get_pre_collection_agency():
            self.env["credit.collection.letter"].sudo()._note(self, agency)
        return result
