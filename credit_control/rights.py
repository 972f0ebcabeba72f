from odoo.exceptions import AccessError


def check_officer(env, refusal: str) -> None:
    """Refuse what only credit officers do, whatever view or call it comes from."""
    if not env.su and not env.user.has_group("credit_control.group_officer"):
        raise AccessError(refusal)
