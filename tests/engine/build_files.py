"""Run in `odoo shell` after build.py: a collection file on each debtor, approved.

The debtors have been reminded; their dossiers go out as attachments.
"""

from odoo import Command, fields

today = fields.Date.today()
company = env.company  # noqa: F821
belgium = env.ref("base.be")  # noqa: F821
profiles = env["credit.run"].search([]).notice_ids.profile_id  # noqa: F821
profiles.partner_id.write(
    {
        "street": "Kaai 1",
        "zip": "9000",
        "country_id": belgium.id,
        "company_registry": "0403170701",
    }
)
notices = env["credit.run"].search([]).notice_ids  # noqa: F821
for notice in notices:
    notice.channel = "letter"
    notice._freeze()
agency = env["credit.collection.agency"].create(  # noqa: F821
    {
        "partner_id": env["res.partner"]  # noqa: F821
        .create({"name": "Agency", "email": "files@agency.example"})
        .id,
        "company_id": company.id,
        "fee_ids": [Command.create({"percent": 10})],
    }
)
files = env["credit.collection.file"]  # noqa: F821
for profile in profiles:
    files |= files._make(profile, profile._get_collectable_items(), today)
files.action_approve()
files.is_queued = True
env.cr.commit()  # noqa: F821
