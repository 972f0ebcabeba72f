from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditNoticeReview(models.TransientModel):
    """What an officer changes in a proposal, and why."""

    _name = "credit.notice.review"
    _description = "Change a Dunning Proposal"

    notice_ids = fields.Many2many("credit.notice", string="Notices", required=True)
    choice = fields.Selection(
        [
            ("notice", "Take these notices out"),
            ("items", "Take some items out"),
            ("level", "Choose another level"),
            ("charges", "Claim no costs and interest"),
        ],
        string="What to do",
        default="notice",
        required=True,
    )
    line_ids = fields.Many2many(
        "credit.notice.line",
        string="Items to take out",
        domain="[('notice_id', 'in', notice_ids), ('state', '=', 'proposed')]",
    )
    policy_id = fields.Many2one("credit.policy", compute="_compute_policy_id")
    level_id = fields.Many2one(
        "credit.policy.level",
        string="New level",
        domain="[('policy_id', '=', policy_id)]",
    )
    reason = fields.Char(required=True)
    block_until = fields.Date(
        string="No reminders until",
        help="Leave the debtors alone until this day, for the same reason.",
    )

    @api.depends("notice_ids")
    def _compute_policy_id(self):
        for review in self:
            policies = review.notice_ids.level_id.policy_id
            review.policy_id = policies if len(policies) == 1 else False

    def action_apply(self):
        self.ensure_one()
        notices = self.notice_ids._as_officer()
        if notices.filtered(lambda notice: notice.state not in ("proposed", "failed")):
            raise UserError(self.env._("These notices are not waiting any more."))
        getattr(self, f"_apply_{self.choice}")(notices)
        if self.block_until:
            notices.profile_id.write(
                {"block_until": self.block_until, "block_reason": self.reason}
            )
        for run in notices.run_id:
            run._close_when_done()
        return True

    def _apply_notice(self, notices) -> None:
        notices._take_out(self.reason)

    def _apply_items(self, notices) -> None:
        lines = self.line_ids.sudo().filtered(lambda line: line.notice_id in notices)
        if not lines:
            raise UserError(self.env._("Choose the items to take out."))
        lines.write({"state": "cancelled", "drop_reason": self.reason})
        for notice in lines.notice_id:
            notice._sum_up(self.reason)

    def _apply_level(self, notices) -> None:
        if not self.level_id:
            raise UserError(self.env._("Choose the new level."))
        notices._change_level(self.level_id)
        notices.profile_id._message_log_batch(
            bodies={
                profile.id: self.env._(
                    "Level changed to %(level)s: %(reason)s",
                    level=self.level_id.name,
                    reason=self.reason,
                )
                for profile in notices.profile_id
            }
        )

    def _apply_charges(self, notices) -> None:
        notices.charge_waiver = self.reason
