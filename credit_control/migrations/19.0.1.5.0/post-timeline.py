from odoo.tools import SQL

TABLES = ("credit_promise", "credit_dispute", "credit_plan", "credit_request")


def migrate(cr, version):
    """What was agreed before 19.0.1.4.0 gets its first entry in the debtor file.

    That is the first one that was written in the same transaction, and not what was
    written when it ended. Of several agreements with a debtor in one transaction nobody
    knows any more which entry belongs to which: they are left alone.
    """
    made = SQL(" UNION ALL ").join(
        SQL(
            "SELECT %s AS kind, id, profile_id, create_date, log_message_id FROM %s",
            table,
            SQL.identifier(table),
        )
        for table in TABLES
    )
    for table in TABLES:
        cr.execute(
            SQL(
                """
                WITH made AS (%(made)s)
                UPDATE %(table)s t
                   SET log_message_id = first.id
                  FROM made a
                  JOIN LATERAL (
                           SELECT MIN(m.id) AS id FROM mail_message m
                            WHERE m.model = 'credit.profile' AND m.res_id = a.profile_id
                              AND m.create_date = a.create_date) first
                    ON first.id IS NOT NULL
             LEFT JOIN mail_message told ON told.id = a.log_message_id
                 WHERE t.id = a.id AND a.kind = %(name)s
                   AND (told.id IS NULL OR told.create_date > a.create_date)
                   AND (SELECT COUNT(*) FROM made b
                         WHERE b.profile_id = a.profile_id
                           AND b.create_date = a.create_date) = 1
                """,
                made=made,
                table=SQL.identifier(table),
                name=table,
            )
        )
