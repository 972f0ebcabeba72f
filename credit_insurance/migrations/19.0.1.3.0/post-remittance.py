"""Bills of agencies were entered by hand until now: of what is posted none is to come."""


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        "UPDATE credit_collection_remittance SET needs_bill = FALSE WHERE needs_bill"
    )
