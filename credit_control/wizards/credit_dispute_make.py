from odoo import api, fields, models


class CreditDisputeMake(models.TransientModel):
    """What a debtor disputes, and why."""

    _name = "credit.dispute.make"
    _description = "Dispute"
    _inherit = ["credit.agreement.make"]

    category_id = fields.Many2one(
        "credit.dispute.category", string="What is disputed", required=True
    )
    description = fields.Text(string="What the debtor says", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Answered by",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Any colleague, also outside finance. He gets an activity.",
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments")
    line_ids = fields.One2many("credit.dispute.make.line", "make_id", string="Items")

    @api.model
    def _get_first_items(self, profile):
        """Where one item is open it is about that."""
        claims = profile.open_item_ids.filtered("debit")
        return super()._get_first_items(profile) or (claims if len(claims) == 1 else ())

    @api.depends("category_id", "profile_id")
    def _compute_user_id(self):
        for make in self:
            make.user_id = (
                make.profile_id._get_answerer(make.category_id)
                if make.category_id
                else False
            )

    def action_make(self):
        self.ensure_one()
        dispute = self.profile_id._open_dispute(
            self._get_amounts(),
            self.category_id,
            self.description,
            self._get_today(),
            attachments=[(file.name, file.raw) for file in self.attachment_ids],
            contact=self.contact_id,
            owner=self.user_id,
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.dispute",
            "view_mode": "form",
            "res_id": dispute.id,
        }


class CreditDisputeMakeLine(models.TransientModel):
    _name = "credit.dispute.make.line"
    _description = "Item of a Dispute"
    _inherit = ["credit.agreement.make.line"]

    make_id = fields.Many2one("credit.dispute.make", required=True, ondelete="cascade")
