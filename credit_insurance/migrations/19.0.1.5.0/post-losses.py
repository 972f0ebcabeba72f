"""What was written off knows the entry of its loss: what paid the item under the name of
the claim or the file. Of claims only what has VAT that waits was kept."""

SOURCES = {
    "credit_collection_line": (
        "credit_collection_file",
        "file_id",
        "s.aftermath IN ('vat', 'done')",
    ),
    "credit_claim_vat": ("credit_claim", "claim_id", "r.lost_vat > 0"),
}


def migrate(cr, version):
    if not version:
        return
    for table, (source, column, written_off) in SOURCES.items():
        cr.execute(
            f"""
            WITH losses AS (
                 SELECT DISTINCT ON (r.id) r.id, l.id AS item_id, l.move_id
                   FROM {table} r
                   JOIN {source} s ON s.id = r.{column}
                   JOIN account_partial_reconcile p ON p.debit_move_id = r.item_id
                   JOIN account_move_line l ON l.id = p.credit_move_id
                   JOIN account_move m ON m.id = l.move_id
                    AND m.move_type = 'entry' AND m.ref = s.name
                  WHERE {written_off}
                  ORDER BY r.id, p.id DESC
            )
            UPDATE {table} r
               SET written_vat = r.lost_vat,
                   loss_item_id = losses.item_id,
                   loss_entry_id = losses.move_id
              FROM losses
             WHERE losses.id = r.id
            """  # noqa: S608 - the names are those above
        )
        cr.execute(
            f"UPDATE {table} SET written_vat = lost_vat "  # noqa: S608
            "WHERE lost_vat > 0 AND written_vat IS NULL"
        )
