from odoo import api, fields, models


class CreditInsurancePolicy(models.Model):
    """A credit insurance policy of a company."""

    _name = "credit.insurance.policy"
    _description = "Credit Insurance Policy"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _rec_name = "number"
    _check_company_auto = True

    number = fields.Char(required=True, tracking=True)
    insurer_id = fields.Many2one("res.partner", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    date_from = fields.Date(string="From", required=True, tracking=True)
    date_to = fields.Date(
        string="To", tracking=True, help="Empty: until further notice."
    )
    insured_percent = fields.Float(
        string="Insured percentage", required=True, default=90.0, tracking=True
    )
    note = fields.Html()
    active = fields.Boolean(default=True)
    limit_ids = fields.One2many("credit.insurance.limit", "policy_id")
    limit_count = fields.Integer(compute="_compute_counts")
    debtor_count = fields.Integer(
        string="Insured debtors",
        compute="_compute_counts",
        help="Debtors with a limit in this policy.",
    )
    insured_share = fields.Float(string="Insured share", compute="_compute_share")

    _percent_range = models.Constraint(
        "CHECK (insured_percent > 0 AND insured_percent <= 100)",
        "The insured percentage lies above 0 and at most at 100.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "The policy ends before it begins: look at its dates.",
    )

    @api.depends("limit_ids.profile_id")
    def _compute_counts(self):
        groups = self.env["credit.insurance.limit"]._read_group(
            [("policy_id", "in", self.ids)],
            ["policy_id"],
            ["__count", "profile_id:count_distinct"],
        )
        counts = {policy: counted for policy, *counted in groups}
        for policy in self:
            policy.limit_count, policy.debtor_count = counts.get(policy, (0, 0))

    @api.depends("insured_percent")
    def _compute_share(self):
        for policy in self:
            policy.insured_share = policy.insured_percent / 100

    def action_view_limits(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Insured limits of %s", self.number),
            "res_model": "credit.insurance.limit",
            "view_mode": "list,form",
            "domain": [("policy_id", "=", self.id)],
            "context": {"default_policy_id": self.id},
        }
