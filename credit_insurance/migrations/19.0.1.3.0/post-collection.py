def migrate(cr, version):
    _keep_registrations(cr)
    _split_reasons(cr)


def _keep_registrations(cr):
    """The one number of an agency counts where it collects, of the countries that ask
    for one; else in the country of the company.
    """
    cr.execute(
        """
        WITH known AS (SELECT id FROM res_country WHERE code IN ('BE', 'NL')),
             own AS (
                SELECT a.id, r.res_country_id AS country_id
                  FROM credit_collection_agency a
                  JOIN credit_collection_agency_res_country_rel r
                    ON r.credit_collection_agency_id = a.id
                 WHERE r.res_country_id IN (SELECT id FROM known))
        INSERT INTO credit_collection_registration (
               agency_id, country_id, number, date_to,
               create_uid, create_date, write_uid, write_date)
        SELECT a.id, COALESCE(o.country_id, p.country_id), a.registration_number,
               a.registration_until, a.create_uid, a.create_date, a.write_uid,
               a.write_date
          FROM credit_collection_agency a
          JOIN res_company c ON c.id = a.company_id
          JOIN res_partner p ON p.id = c.partner_id
     LEFT JOIN own o ON o.id = a.id
         WHERE TRIM(a.registration_number) <> ''
           AND COALESCE(o.country_id, p.country_id) IS NOT NULL
        """
    )


def _split_reasons(cr):
    """Why a file was proposed was a sentence in the language of the scheduled action."""
    cr.execute(
        """
        UPDATE credit_collection_file f
           SET proposal_code = CASE WHEN EXISTS (
                   SELECT FROM credit_collection_line k
                     JOIN credit_notice_line n
                       ON n.item_id = k.item_id AND n.state = 'sent'
                     JOIN credit_notice t ON t.id = n.notice_id
                     JOIN credit_policy_level v
                       ON v.id = COALESCE(n.own_level_id, t.level_id)
                    WHERE k.file_id = f.id AND v.handoff)
                   THEN 'after_level' ELSE 'too_old' END,
               proposal_days = COALESCE(SUBSTRING(f.reason FROM '[0-9]+')::int, 0),
               proposal_since = f.oldest_due,
               proposal_policy_id = (
                   SELECT y.id FROM credit_policy y
                    WHERE EXISTS (SELECT FROM jsonb_each_text(y.name) w
                                   WHERE POSITION('(' || w.value || ')' IN f.reason) > 0)
                 ORDER BY y.active DESC, y.id LIMIT 1)
         WHERE f.by_policy AND f.reason <> ''
        """
    )
    # The number in the sentence says which of the two it was, if they differ.
    cr.execute(
        """
        UPDATE credit_collection_file f
           SET proposal_code = CASE f.proposal_days WHEN y.handoff_days
                   THEN 'after_level' ELSE 'too_old' END
          FROM credit_policy y
         WHERE y.id = f.proposal_policy_id AND y.handoff_days <> y.handoff_latest
           AND f.proposal_days IN (y.handoff_days, y.handoff_latest)
        """
    )
    cr.execute("ALTER TABLE credit_collection_file DROP COLUMN reason")
