from odoo import SUPERUSER_ID, api

KINDS = ("credit_control.signal_insolvency", "credit_control.signal_moratorium")


def migrate(cr, version):
    """The kinds of signals that meant insolvency so far, if they are still there."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for xmlid in KINDS:
        kind = env.ref(xmlid, raise_if_not_found=False)
        if kind:
            kind.means_insolvency = True
