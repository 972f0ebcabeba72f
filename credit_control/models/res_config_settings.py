from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_dunning_cron = fields.Boolean(
        related="company_id.credit_dunning_cron", readonly=False
    )
    credit_deducts_vat = fields.Boolean(
        related="company_id.credit_deducts_vat", readonly=False
    )
    credit_charge_posting = fields.Selection(
        related="company_id.credit_charge_posting", readonly=False
    )
    credit_charge_journal_id = fields.Many2one(
        related="company_id.credit_charge_journal_id", readonly=False
    )
    credit_costs_account_id = fields.Many2one(
        related="company_id.credit_costs_account_id", readonly=False
    )
    credit_interest_account_id = fields.Many2one(
        related="company_id.credit_interest_account_id", readonly=False
    )
    credit_counts_drafts = fields.Boolean(
        related="company_id.credit_counts_drafts", readonly=False
    )
    credit_rate_daily = fields.Boolean(
        related="company_id.credit_rate_daily", readonly=False
    )
    credit_rate_invoices = fields.Integer(
        related="company_id.credit_rate_invoices", readonly=False
    )
    credit_rate_margin = fields.Float(
        related="company_id.credit_rate_margin", readonly=False
    )
    credit_portal = fields.Boolean(related="company_id.credit_portal", readonly=False)
    credit_plan_terms = fields.Integer(
        related="company_id.credit_plan_terms", readonly=False
    )
    credit_plan_answer_days = fields.Integer(
        related="company_id.credit_plan_answer_days", readonly=False
    )
    credit_plan_grace = fields.Integer(
        related="company_id.credit_plan_grace", readonly=False
    )
    credit_plan_reminder_days = fields.Integer(
        related="company_id.credit_plan_reminder_days", readonly=False
    )
    credit_four_eyes = fields.Boolean(
        related="company_id.credit_four_eyes", readonly=False
    )
    credit_request_days = fields.Integer(
        related="company_id.credit_request_days", readonly=False
    )
