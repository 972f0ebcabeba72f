from datetime import date as Day

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.credit_control.rights import check_officer

from ..models.credit_profile_statement import MOVES, OPEN
from ..models.credit_statement import KINDS
from ..models.credit_statement_batch import EVERYBODY, OWING, WHOM


class CreditStatementMake(models.TransientModel):
    """Which statement which debtors get, and by which channel."""

    _name = "credit.statement.make"
    _description = "Statement of Account in the Making"

    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    profile_ids = fields.Many2many(
        "credit.profile", string="Debtors", help="Empty: all debtors of the company."
    )
    profile_id = fields.Many2one(
        "credit.profile", string="Debtor", compute="_compute_profile_id"
    )
    group_id = fields.Many2one(related="profile_id.group_id", string="Debtor group")
    kind = fields.Selection(KINDS, required=True, default=OPEN)
    date = fields.Date(
        string="As of", required=True, default=lambda self: self._get_today()
    )
    since = fields.Date(
        string="From",
        default=lambda self: self._get_today() + relativedelta(months=-1, day=1),
    )
    whom = fields.Selection(WHOM, string="To whom", required=True, default=OWING)
    minimum = fields.Monetary(string="Smallest balance")
    with_group = fields.Boolean(
        string="Whole group",
        help="With the items of all debtors of his group: he sees what they owe.",
    )
    email_count = fields.Integer(string="By e-mail", compute="_compute_counts")
    letter_count = fields.Integer(string="By letter", compute="_compute_counts")
    none_count = fields.Integer(string="Without address", compute="_compute_counts")
    left_count = fields.Integer(string="Get none", compute="_compute_counts")
    balance = fields.Monetary(compute="_compute_counts")
    overdue_amount = fields.Monetary(string="Overdue", compute="_compute_counts")
    recipient_id = fields.Many2one(
        "res.partner", string="Goes to", compute="_compute_counts"
    )
    recipient_email = fields.Char(related="recipient_id.email", string="E-mail")

    @api.model
    def _get_today(self) -> Day:
        return self.env.company._credit_today()

    @api.depends("profile_ids")
    def _compute_company_id(self):
        for make in self:
            make.company_id = make.profile_ids[:1].company_id or self.env.company

    @api.depends("profile_ids")
    def _compute_profile_id(self):
        for make in self:
            single = make.profile_ids if len(make.profile_ids) == 1 else False
            make.profile_id = single

    @api.depends(
        "profile_ids", "kind", "date", "since", "whom", "minimum", "company_id"
    )
    def _compute_counts(self):
        for make in self:
            chosen = make._get_chosen()
            addresses = self.env["credit.statement"]._fetch_addresses(
                self.env["credit.profile"].concat(*chosen)
            )
            channels = [channel for _recipient, channel in addresses.values()]
            make.email_count = channels.count("email")
            make.letter_count = channels.count("letter")
            make.none_count = channels.count("none")
            make.left_count = max(len(make.profile_ids) - len(chosen), 0)
            make.balance = sum(balance for balance, _overdue in chosen.values())
            make.overdue_amount = sum(overdue for _balance, overdue in chosen.values())
            recipient = make.profile_id and [who for who, _c in addresses.values()]
            make.recipient_id = recipient[0] if recipient else False

    def _get_chosen(self) -> dict:
        """{debtor file: (balance, overdue)}; one asked for by himself gets it."""
        if not self.date or (self.kind == MOVES and not self.since):
            return {}
        profiles = self._get_profiles()
        return self.env["credit.statement.batch"]._choose(
            self.company_id,
            self.kind,
            self.date,
            self.since,
            EVERYBODY if self.profile_id else self.whom,
            0 if self.profile_id else self.minimum,
            profiles,
        )

    def _get_profiles(self):
        """Those that the user may see; None where that is everybody."""
        mine = self.env["credit.profile"].browse(self.profile_ids.ids)
        return mine or self.env["credit.profile"].search(
            [("company_id", "=", self.company_id.id)]
        )

    def _check(self) -> None:
        if len(self.profile_ids.company_id) > 1:
            raise UserError(
                self.env._("Please choose debtors of one company at a time.")
            )
        if self.kind == MOVES and self.since > self.date:
            raise UserError(self.env._("The movements end before they begin."))
        if self.date > self.company_id._credit_today():
            raise UserError(self.env._("A statement is of a day that has come."))

    # -- actions ---------------------------------------------------------------

    def action_preview(self):
        return self._download("pdf")

    def action_excel(self):
        return self._download("xlsx")

    def _download(self, extension: str) -> dict:
        self.ensure_one()
        self._check()
        asked = f"kind={self.kind}&as_of={self.date}"
        if self.kind == MOVES:
            asked += f"&since={self.since}"
        if self.with_group:
            asked += "&with_group=1"
        path = f"/credit_control_report/statement/{self.profile_id.id}.{extension}"
        return {
            "type": "ir.actions.act_url",
            "url": f"{path}?{asked}",
            "target": "new" if extension == "pdf" else "download",
        }

    def action_send(self):
        """One debtor's statement, now: what is sent and to whom is on the screen."""
        batch = self._make_batch()
        batch.action_send()
        statement = batch.statement_ids
        if statement.state != "sent":
            raise UserError(statement.failure or self.env._("There is nothing to say."))
        return {"type": "ir.actions.act_window_close"}

    def action_prepare(self):
        """Make them, to be looked at before anything goes out."""
        batch = self._make_batch()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.statement.batch",
            "res_id": batch.id,
            "view_mode": "form",
        }

    def _make_batch(self):
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers send statements."))
        self._check()
        self.profile_ids.check_access("read")
        chosen = self._get_chosen()
        if not chosen:
            raise UserError(self.env._("Nobody of them has anything to state."))
        return self.env["credit.statement.batch"]._make(
            self.company_id, chosen, self.kind, self.date, self.since, self.with_group
        )
