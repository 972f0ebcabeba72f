from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_dunning_cron = fields.Boolean(
        string="Propose the dunning run daily", default=True
    )
    credit_deducts_vat = fields.Boolean(
        string="VAT on recovery costs can be deducted",
        default=True,
        help="Otherwise VAT is added to costs by law where that is allowed.",
    )
    credit_counts_drafts = fields.Boolean(
        string="Draft invoices count in the exposure",
        default=True,
        help="Otherwise what is in draft counts once it is posted.",
    )
    credit_rate_daily = fields.Boolean(
        string="The score decides the risk tier",
        default=True,
        help="Debtors are scored every night. Tiers chosen by hand stay.",
    )
    credit_rate_invoices = fields.Integer(
        string="Invoices paid before a debtor is rated", default=3
    )
    credit_rate_margin = fields.Float(
        string="Points beyond a limit before the tier changes", default=3.0
    )
    credit_charge_posting = fields.Selection(
        [
            ("claim", "Claim them only"),
            ("paid", "Post them when they are paid"),
            ("notice", "Post them with the notice"),
        ],
        string="Costs and interest in the ledger",
        required=True,
        default="claim",
    )
    credit_charge_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of costs and interest",
        domain=[("type", "=", "general")],
        check_company=True,
        help="A miscellaneous journal: its items get no reminders of their own, they "
        "are claimed with those of the invoices.",
    )
    credit_costs_account_id = fields.Many2one(
        "account.account",
        string="Account of costs",
        domain=[("internal_group", "=", "income")],
        check_company=True,
        help="With the taxes that stand on the account.",
    )
    credit_interest_account_id = fields.Many2one(
        "account.account",
        string="Account of interest",
        domain=[("internal_group", "=", "income")],
        check_company=True,
        help="With the taxes that stand on the account.",
    )

    credit_portal = fields.Boolean(
        string="Customers have a page of their own",
        default=True,
        help="The link to it stands in every notice.",
    )
    credit_plan_terms = fields.Integer(
        string="Terms of a plan without approval", default=4
    )
    credit_plan_answer_days = fields.Integer(
        string="Days to answer an offered plan", default=14
    )
    credit_plan_grace = fields.Integer(
        string="Days of grace of a term", default=5, help="Banks report payments late."
    )
    credit_plan_reminder_days = fields.Integer(
        string="Reminder days before a term", default=3, help="0: no reminder."
    )
    credit_four_eyes = fields.Boolean(
        string="Limits need a second person",
        help="Nobody decides on a limit that he asked for himself.",
    )
    credit_request_days = fields.Integer(
        string="Days to decide on a request",
        default=14,
        help="Afterwards a request for a limit or for payment terms expires.",
    )
    _credit_request_days = models.Constraint(
        "CHECK (credit_request_days > 0)",
        "Requests have to stay open for a day at least.",
    )

    @api.constrains(
        "credit_charge_posting",
        "credit_charge_journal_id",
        "credit_costs_account_id",
        "credit_interest_account_id",
    )
    def _check_charge_posting(self):
        for company in self:
            if company.credit_charge_posting != "claim":
                company._check_charge_accounts()

    def _check_charge_accounts(self) -> None:
        """Refuse to post costs and interest before it is known where."""
        if not (
            self.credit_charge_journal_id
            and self.credit_costs_account_id
            and self.credit_interest_account_id
        ):
            raise ValidationError(
                self.env._(
                    "Fill in the journal and both accounts of costs and interest in "
                    "the settings of %s first.",
                    self.name,
                )
            )

    def _credit_bank_account(self):
        """The bank account that debtors are asked to pay to; there may be none."""
        return self.sudo().partner_id.bank_ids[:1]

    def _credit_today(self):
        """What day it is where the company is."""
        self.ensure_one()
        tz = self.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=tz))
