from odoo import fields, models


class CreditPolicyAgreement(models.Model):
    """What debtors who follow a policy may agree on by themselves, and how they are
    held to it.

    None of it changes what a notice claims: it makes no new version of the policy, and
    a promise keeps the days that it was made with.
    """

    _inherit = "credit.policy"

    promise_days = fields.Integer(
        string="Days of tolerance",
        default=3,
        tracking=True,
        help="A promise to pay is judged so many days after the day promised: banks "
        "report payments late.",
    )
    promise_reminder = fields.Boolean(
        string="Reminder the day before",
        default=True,
        tracking=True,
        help="By e-mail, one day before the day promised.",
    )
    portal_promise_days = fields.Integer(
        string="Promises within",
        default=14,
        tracking=True,
        help="A promise that the debtor makes on his page counts at once if its day is "
        "no further off. Later ones wait for an officer.",
    )
    portal_plan_terms = fields.Integer(
        string="Plans of up to",
        default=3,
        tracking=True,
        help="So many terms a debtor gets by himself. 0: an officer looks at every "
        "plan that is asked for.",
    )
    portal_plan_days = fields.Integer(
        string="First term within",
        default=14,
        tracking=True,
        help="A later first term waits for an officer.",
    )
    portal_plan_amount = fields.Float(
        string="Smallest term",
        digits="Account",
        default=50.0,
        tracking=True,
        help="In the company's currency. Smaller terms wait for an officer.",
    )

    _agreements_positive = models.Constraint(
        "CHECK (promise_days >= 0 AND portal_promise_days >= 0 AND "
        "portal_plan_terms >= 0 AND portal_plan_days >= 0 AND portal_plan_amount >= 0)",
        "Days, terms and amounts of promises and plans can't be negative.",
    )
