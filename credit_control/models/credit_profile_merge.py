from odoo import models
from odoo.exceptions import UserError

# Taken from a file that ends where the one that stays says nothing.
FILLED_IN = (
    "collector_id",
    "policy_id",
    "dunning_contact_id",
    "note",
    "contract_date",
    "group_id",
    "review_date",
)
LAW = ("own_debtor_kind", "own_law_country_id", "law_reason")
BLOCK = ("block_until", "block_reason")
HOLD = ("order_hold", "order_hold_notice_id", "order_hold_date")
LIMIT = ("no_limit", "limit", "limit_currency_id")
TERMS = ("terms_id", "terms_state", "terms_date")
TEMPORARY = ("temp_limit", "temp_from", "temp_until")


class CreditProfileMerge(models.Model):
    """A debtor file goes where its customer goes.

    Customers are merged, and contacts are put under a company. Two files of one
    customer become one that holds the notices and the dossier of both.
    """

    _inherit = "credit.profile"

    def write(self, vals):
        if not self.env.su and self._is_moved_by(vals):
            raise UserError(
                self.env._("A debtor file stays with its customer and its company.")
            )
        return super().write(vals)

    def _is_moved_by(self, vals) -> bool:
        return any(
            vals.get(name, profile[name].id) != profile[name].id
            for profile in self
            for name in ("partner_id", "company_id")
        )

    def _move_to(self, partner) -> None:
        """Keep these files on ``partner``, a commercial partner, from now on."""
        there = self.with_context(active_test=False)
        homes = there.search([("partner_id", "=", partner.id)]).grouped("company_id")
        for profile in self.filtered(lambda profile: profile.partner_id != partner):
            waiting = profile.notice_ids.filtered(
                lambda notice: notice.state in ("proposed", "failed")
            )
            waiting.partner_id = partner
            if home := homes.get(profile.company_id):
                home._absorb(profile)
            else:
                profile.partner_id = partner
                homes[profile.company_id] = profile

    def _absorb(self, other) -> None:
        """Take over all that the file ``other`` holds, and end that."""
        self.write(self._prepare_absorbed_vals(other))
        self._message_log(body=other._word_absorbed())
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._update_foreign_keys_generic(self._name, other, self)
        merge._update_reference_fields_generic(self._name, other, self)
        self.env.invalidate_all()
        other.unlink()

    def _prepare_absorbed_vals(self, other) -> dict:
        """What the file ``other`` adds. Override for a field of its own."""
        names = [name for name in FILLED_IN if not self[name]]
        if other.block_until and not (
            self.block_until and self.block_until >= other.block_until
        ):
            names += BLOCK
        if other.order_hold and not self.order_hold:
            names += HOLD
        if self.no_limit:
            names += LIMIT
            names += () if self.temp_until else TEMPORARY
        if not self.terms_id:
            names += TERMS
        if not self.law_reason:
            names += LAW
        [found] = other.read(names, load="")
        return {name: found[name] for name in names} | {
            "active": self.active or other.active
        }

    def _word_absorbed(self) -> str:
        """What this file said, for the dossier of the one that stays."""
        limit = self._word_agreed(self.limit)
        return self.env._(
            "The debtor file of %(customer)s has become part of this one. Its risk "
            "tier: %(tier)s; its credit limit: %(limit)s.",
            customer=self.partner_id.display_name,
            tier=self.tier_id.name or self.env._("none"),
            limit=self.env._("none") if self.no_limit else limit,
        )
