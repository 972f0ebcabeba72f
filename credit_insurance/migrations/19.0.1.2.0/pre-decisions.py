def migrate(cr, version):
    """Each limit becomes a decision: what was entered is put aside here, and of the
    limits of a debtor in a policy the first one stays, as the header of all.
    """
    cr.execute(
        "CREATE TABLE credit_insurance_limit_before AS "
        "SELECT * FROM credit_insurance_limit"
    )
    cr.execute(
        """
        ALTER TABLE credit_insurance_limit_before ADD COLUMN limit_id integer;
        UPDATE credit_insurance_limit_before b
           SET limit_id = (SELECT MIN(l.id) FROM credit_insurance_limit_before l
                            WHERE l.policy_id = b.policy_id
                              AND l.profile_id = b.profile_id)
        """
    )
    cr.execute(
        """
        UPDATE ir_attachment a SET res_id = b.limit_id
          FROM credit_insurance_limit_before b
         WHERE a.res_model = 'credit.insurance.limit' AND a.res_id = b.id
           AND b.id <> b.limit_id
        """
    )
    cr.execute(
        """
        DELETE FROM ir_model_data d USING credit_insurance_limit_before b
         WHERE d.model = 'credit.insurance.limit' AND d.res_id = b.id
           AND b.id <> b.limit_id
        """
    )
    cr.execute(
        """
        DELETE FROM credit_insurance_limit l USING credit_insurance_limit_before b
         WHERE b.id = l.id AND b.id <> b.limit_id
        """
    )
    # What the decisions say from now on.
    cr.execute(
        """
        ALTER TABLE credit_insurance_limit
         DROP COLUMN IF EXISTS amount, DROP COLUMN IF EXISTS date_from,
         DROP COLUMN IF EXISTS date_to, DROP COLUMN IF EXISTS reference
        """
    )
