from odoo.tools import SQL

# In the order in which their entries are written.
TABLES = ("credit_promise", "credit_dispute", "credit_plan", "credit_request")


def migrate(cr, version):
    """What was agreed before 19.0.1.4.0 gets its first entry in the debtor file.

    That is what was written on the file in the same transaction, and not what was
    written when it ended. Of several agreements in one transaction each gets an entry,
    in their order; an entry that was deleted isn't replaced.
    """
    made = SQL(" UNION ALL ").join(
        SQL(
            """SELECT %s AS place, id, profile_id, create_date, log_message_id
                 FROM %s""",
            place,
            SQL.identifier(table),
        )
        for place, table in enumerate(TABLES)
    )
    for place, table in enumerate(TABLES):
        cr.execute(
            SQL(
                """
                WITH made AS (%(made)s),
                ranked AS (
                    SELECT *, ROW_NUMBER() OVER (PARTITION BY profile_id, create_date
                                                 ORDER BY place, id) AS rank
                      FROM made),
                said AS (
                    SELECT id, res_id AS profile_id, create_date,
                           ROW_NUMBER() OVER (PARTITION BY res_id, create_date
                                              ORDER BY id) AS rank
                      FROM mail_message
                     WHERE model = 'credit.profile'
                       AND (res_id, create_date) IN (
                               SELECT profile_id, create_date FROM made))
                UPDATE %(table)s t
                   SET log_message_id = s.id
                  FROM ranked a
                  JOIN said s USING (profile_id, create_date, rank)
             LEFT JOIN mail_message told ON told.id = a.log_message_id
                 WHERE t.id = a.id AND a.place = %(place)s
                   AND (told.id IS NULL OR told.create_date > a.create_date)
                """,
                made=made,
                table=SQL.identifier(table),
                place=place,
            )
        )
