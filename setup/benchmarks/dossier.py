"""Time and memory of collection dossiers, run in `odoo shell`.

One dossier with INVOICES invoices of 60 kB each, as they were sent, and FILES files that
are handed over in the background. What is made is rolled back.
"""

import io
import json
import os
import random
import resource
import time
from datetime import date, timedelta
from unittest.mock import patch

from PyPDF2 import PdfFileWriter

INVOICES = int(os.environ.get("INVOICES", 300))
FILES = int(os.environ.get("FILES", 0))
TODAY = date.today()
company = env.company  # noqa: F821
files = env["credit.collection.file"]  # noqa: F821


def make_pdf(number):
    """A page that can't be compressed."""
    writer = PdfFileWriter()
    writer.addBlankPage(595, 842)
    writer.addAttachment(f"{number}.bin", random.Random(number).randbytes(60_000))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def make_file(count):
    partner = env["res.partner"].create(  # noqa: F821
        {
            "name": f"Debtor of {count}",
            "street": "Street 1",
            "zip": "1000",
            "city": "Brussels",
            "country_id": env.ref("base.be").id,  # noqa: F821
            "company_registry": "0403170701",
            "email": "debtor@debtor.example",
            "is_company": True,
        }
    )
    due = TODAY - timedelta(100)
    moves = env["account.move"].create(  # noqa: F821
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": due - timedelta(30),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [(0, 0, {"name": "Goods", "price_unit": 100.0, "tax_ids": False})],
            }
            for _number in range(count)
        ]
    )
    moves.action_post()
    for move in moves:
        env["ir.attachment"].create(  # noqa: F821
            {
                "name": f"{move.id}.pdf",
                "raw": make_pdf(move.id),
                "res_model": "account.move",
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
    env.flush_all()  # noqa: F821
    env.invalidate_all()  # noqa: F821
    profile = env["credit.profile"]._get_or_create(partner, company)  # noqa: F821
    items = moves.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
    return files._make(profile, items, TODAY, agency=agency)


partner = env["res.partner"].create({"name": "Agency", "email": "a@agency.example", "is_company": True})  # noqa: F821
agency = env["credit.collection.agency"].create({"partner_id": partner.id, "company_id": company.id})  # noqa: F821


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


file = make_file(INVOICES)
env.flush_all()  # noqa: F821
env.invalidate_all()  # noqa: F821
before, begin = peak(), time.perf_counter()
file._make_dossier(TODAY)
seconds = time.perf_counter() - begin
print(
    json.dumps(
        {
            "invoices": INVOICES,
            "seconds": round(seconds, 1),
            "zip MiB": round(file.dossier_id.file_size / 2**20, 1),
            "pdf MiB": round(file.dossier_pdf_id.file_size / 2**20, 1),
            "MiB before": before,
            "peak MiB": peak(),
        }
    )
)
if FILES:
    many = files.union(*(make_file(1) for _number in range(FILES)))
    many.write({"state": "ready", "is_queued": True, "queued_on": "2025-01-01", "queued_by_id": env.uid})  # noqa: F821
    env.flush_all()  # noqa: F821
    before, begin = peak(), time.perf_counter()
    progress = patch.object(env.registry["ir.cron"], "_commit_progress", lambda *a, **kw: 1)  # noqa: F821
    with progress:
        files._cron_send()
    seconds = time.perf_counter() - begin
    print(
        json.dumps(
            {
                "files": FILES,
                "sent": len(many.filtered(lambda f: f.state == "sent")),
                "seconds a file": round(seconds / FILES, 2),
                "MiB before": before,
                "peak MiB": peak(),
            }
        )
    )
env.cr.rollback()  # noqa: F821
