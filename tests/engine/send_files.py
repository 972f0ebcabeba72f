"""Run in `odoo shell`: what the scheduled action of the collection files does."""

env["credit.collection.file"]._cron_send()  # noqa: F821
env.cr.commit()  # noqa: F821
env["mail.mail"].process_email_queue()  # noqa: F821
env.cr.commit()  # noqa: F821
