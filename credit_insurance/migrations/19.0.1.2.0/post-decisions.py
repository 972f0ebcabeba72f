from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """A decision of each limit that was entered, with who entered it and when."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """
        INSERT INTO credit_insurance_decision (
               limit_id, profile_id, policy_id, company_id, status, requested, amount,
               percent, date_from, date_to, temporary, reference, user_id, create_uid,
               create_date, write_uid, write_date)
        SELECT b.limit_id, b.profile_id, b.policy_id, b.company_id,
               CASE WHEN b.amount = 0 THEN 'refused' ELSE 'approved' END, 0, b.amount, 0,
               b.date_from, b.date_to, FALSE, b.reference,
               COALESCE(b.create_uid, %s), b.create_uid, b.create_date, b.write_uid,
               b.write_date
          FROM credit_insurance_limit_before b
      ORDER BY b.id
        """,
        (SUPERUSER_ID,),
    )
    cr.execute("DROP TABLE credit_insurance_limit_before")
    # Until somebody has entered what the policy says nothing stops by itself.
    cr.execute("UPDATE credit_insurance_policy SET watch_deadlines = FALSE")
    env["credit.insurance.limit"].search([])._rebuild_periods()
