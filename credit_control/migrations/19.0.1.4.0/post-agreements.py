from odoo.tools import SQL
from odoo.tools.sql import column_exists


def migrate(cr, version):
    """What the settings said of promises and of the debtors' page, policies say now.

    A policy for every company takes the most patient tolerance, and the narrowest
    bounds within which nobody looks at what a debtor asks for.
    """
    # Databases older than that have no such settings.
    if not column_exists(cr, "res_company", "credit_plan_portal_terms"):
        return
    cr.execute(
        SQL(
            """
            UPDATE credit_policy p
               SET promise_days = k.promise_days,
                   promise_reminder = k.promise_reminder,
                   portal_promise_days = k.portal_promise_days,
                   portal_plan_terms = k.portal_plan_terms,
                   portal_plan_days = k.portal_plan_days,
                   portal_plan_amount = k.portal_plan_amount
              FROM (SELECT o.id AS policy_id,
                           MAX(c.credit_promise_days) AS promise_days,
                           BOOL_OR(c.credit_promise_reminder) AS promise_reminder,
                           MIN(c.credit_portal_promise_days) AS portal_promise_days,
                           MIN(c.credit_plan_portal_terms) AS portal_plan_terms,
                           MIN(c.credit_plan_portal_days) AS portal_plan_days,
                           MAX(c.credit_plan_portal_amount) AS portal_plan_amount
                      FROM credit_policy o
                      JOIN res_company c
                        ON o.company_id IS NULL OR c.id = o.company_id
                  GROUP BY o.id) k
             WHERE k.policy_id = p.id
            """
        )
    )
