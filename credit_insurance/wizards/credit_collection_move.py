from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core import collection
from ..models.credit_collection_file import OUTCOMES, STATES, WITHDRAWN

REPORTED = (collection.ACCEPTED, collection.REJECTED, *collection.WORKING)


class CreditCollectionMove(models.TransientModel):
    """What happened to files: as the agency reports it, or as we decide."""

    _name = "credit.collection.move"
    _description = "Step of Collection Files"

    file_ids = fields.Many2many("credit.collection.file", string="Files", readonly=True)
    question = fields.Selection(
        [("report", "Report"), ("close", "Close"), ("withdraw", "Withdraw")],
        required=True,
        default="report",
        readonly=True,
    )
    state = fields.Selection(
        [(code, label) for code, label in STATES if code in REPORTED],
        string="The file is now",
    )
    possible_states = fields.Json(compute="_compute_possible_states")
    outcome = fields.Selection(
        [(code, label) for code, label in OUTCOMES if code != WITHDRAWN]
    )
    date = fields.Date(
        required=True, default=lambda self: self.env.company._credit_today()
    )
    agency_reference = fields.Char(
        string="Number at the agency", help="Empty: as it is."
    )
    reason = fields.Char(string="Remark")
    hint = fields.Char(compute="_compute_hint")

    @api.depends("file_ids")
    def _compute_possible_states(self):
        """Where all of the files may go from where they are."""
        for move in self:
            now = set(move.file_ids.mapped("state"))
            move.possible_states = [
                code
                for code in REPORTED
                if all(collection.may_move(before, code) for before in now)
            ]

    @api.depends("question", "state")
    def _compute_hint(self):
        for move in self:
            move.hint = move._get_hint()

    def _get_hint(self) -> str | bool:
        if self.question == "withdraw":
            return self.env._(
                "The agency is told. The invoices are reminded again from tomorrow on."
            )
        if self.state == collection.REJECTED:
            return self.env._(
                "The file comes back to us: choose another agency, or close it."
            )
        return False

    def action_apply(self):
        self.ensure_one()
        if not (self.reason or "").strip() and self.question != "report":
            raise UserError(self.env._("Say why."))
        return getattr(self, f"_apply_{self.question}")(self.reason or "")

    def _apply_report(self, reason: str):
        if not self.state:
            raise UserError(self.env._("Choose how far the file is."))
        files = self.file_ids._as_officer()
        if self.agency_reference and len(files) == 1:
            files.agency_reference = self.agency_reference
        files._move(self.state, self.date, reason)
        return True

    def _apply_close(self, reason: str):
        if not self.outcome:
            raise UserError(self.env._("Choose how the file ended."))
        self.file_ids._as_officer()._close(self.outcome, self.date, reason)
        return True

    def _apply_withdraw(self, reason: str):
        for file in self.file_ids._as_manager():
            file._withdraw(self.date, reason)
        return True


class CreditCollectionWithdraw(models.Model):
    _inherit = "credit.collection.file"

    def _withdraw(self, as_of, reason: str) -> None:
        """Take the file back; the agency gets the reason, too."""
        with_agency = self.is_held
        self._close(WITHDRAWN, as_of, reason)
        self.write({"link_token": False, "link_until": False})
        if with_agency:
            self._post_to_agency("credit_insurance.mail_template_collection_withdrawn")
