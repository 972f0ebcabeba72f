from odoo import api, fields, models
from odoo.tools import SQL, sql

from ..core import escalation
from ..core.ageing import days_late


class LooseMany2one(fields.Many2one):
    """A reference without a foreign key, as Odoo's own messages have them.

    The database checks a foreign key row by row, and each check writes a lock into
    the row it looks at: a proposal would touch half of the ledger. When a journal
    item goes, :meth:`AccountMoveLine._unlink_remember_notices` clears the reference.
    """

    def update_db_foreign_key(self, model, column):
        for name in sql.get_foreign_keys(
            model.env.cr,
            model._table,
            self.name,
            model.env[self.comodel_name]._table,
            "id",
            "set null",
        ):
            sql.drop_constraint(model.env.cr, model._table, name)


class CreditNoticeLine(models.Model):
    """An open item on a notice; its amounts freeze when the notice is sent."""

    _name = "credit.notice.line"
    _description = "Notice Item"
    _order = "notice_id, due_date, id"
    _rec_name = "name"
    # A run writes a hundred thousand of these: every reference costs a check each.
    # Who made them and for whom is on the notice.
    _log_access = False

    notice_id = fields.Many2one(
        "credit.notice", required=True, index=True, ondelete="cascade"
    )
    run_id = fields.Many2one(related="notice_id.run_id")
    profile_id = fields.Many2one(related="notice_id.profile_id", string="Debtor")
    company_id = fields.Many2one(related="notice_id.company_id")
    currency_id = fields.Many2one(related="notice_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    item_id = LooseMany2one(
        "account.move.line", string="Journal item", index="btree_not_null"
    )
    lost_move_id = fields.Many2one(
        "account.move",
        string="Invoice of a deleted item",
        index="btree_not_null",
        ondelete="set null",
        help="The entry whose item went when it was reset to draft.",
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", compute="_compute_move_id"
    )
    name = fields.Char(string="Document")
    date = fields.Date(string="Notice date")
    due_date = fields.Date()
    days_late = fields.Integer()
    original_amount = fields.Monetary()
    amount = fields.Monetary(string="Open amount")
    company_amount = fields.Monetary(
        string="Open in company currency", currency_field="company_currency_id"
    )
    own_level_id = fields.Many2one(
        "credit.policy.level",
        ondelete="restrict",
        help="The item's level where the notice is of a higher one.",
    )
    level_id = fields.Many2one("credit.policy.level", compute="_compute_level_id")
    level_number = fields.Integer(
        string="Level number", help="None for a credit that the notice deducts."
    )
    channel = fields.Char(readonly=True)
    costs_from = fields.Date(
        string="Costs allowed from",
        readonly=True,
        help="First day on which the law lets costs be claimed for the item, after "
        "this notice announced them.",
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("sent", "Sent"),
            ("dropped", "Dropped"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="proposed",
    )
    drop_reason = fields.Char(string="Why dropped")

    # The promise of the whole addon: nobody gets one level twice for one item.
    _once_uniq = models.UniqueIndex(
        "(item_id, level_number) WHERE state IN ('proposed', 'sent')",
        "An item of this run has just got this level elsewhere. Propose again.",
    )

    @api.depends("item_id.move_id", "lost_move_id")
    def _compute_move_id(self):
        for line in self:
            line.move_id = line.item_id.move_id or line.lost_move_id

    @api.depends("own_level_id", "notice_id.level_id", "level_number")
    def _compute_level_id(self):
        for line in self:
            line.level_id = line.level_number and (
                line.own_level_id or line.notice_id.level_id
            )

    @api.model
    def _costs_from_sql(self) -> SQL:
        """``costs_from`` of the line ``l``, if its notice arrived."""
        return SQL(
            """CASE WHEN l.costs_from IS NOT NULL AND NOT EXISTS (
                    SELECT FROM credit_notice n
                      JOIN mail_notification f ON f.mail_message_id = n.message_id
                     WHERE n.id = l.notice_id AND l.channel = 'email'
                       AND f.notification_status = ANY(%s))
                    THEN l.costs_from END""",
            ["bounce", "exception", "canceled"],
        )

    def _is_owed_by_debtor(self, item) -> bool:
        """Whether ``item`` belongs to whom this notice went."""
        debtor = item.partner_id.commercial_partner_id
        return debtor == self.profile_id.partner_id

    def _is_known(self, item) -> bool:
        """Whether ``item`` has this level already."""
        domain = [
            ("item_id", "=", item.id),
            ("level_number", "=", self.level_number),
            ("state", "in", ("proposed", "sent")),
        ]
        return bool(self.search_count(domain, limit=1))

    def _refresh(self, decision, as_of) -> None:
        """Follow the second decision on this item, made while sending."""
        self.ensure_one()
        if decision and self._is_still_due(decision, as_of):
            item = decision.item
            self.write(
                {
                    "amount": float(item.residual),
                    "company_amount": float(item.company_residual),
                    "due_date": item.due,
                    "days_late": days_late(item.due, as_of),
                }
            )
        else:
            self.write({"state": "dropped", "drop_reason": self._word_drop(decision)})

    def _is_still_due(self, decision, as_of) -> bool:
        if not self.level_number:
            return decision.code == escalation.NETTED
        if self.notice_id.forced:
            # The level was chosen by hand: only its day is of no account, but the
            # law's is.
            level = self.notice_id.level_id._get_core_level()
            return decision.code in (
                escalation.DUE,
                escalation.NOT_YET,
            ) and not escalation.awaits_law(decision.item, level, as_of)
        return (
            decision.code == escalation.DUE
            and decision.level.number == self.level_number
        )

    def _word_drop(self, decision) -> str:
        if not decision:
            return self._word_gone()
        return self.env["credit.dunning"]._get_reason_text(decision)

    def _word_gone(self) -> str:
        """Why the debtor doesn't owe this item any more."""
        debtor = self.item_id.partner_id.commercial_partner_id
        if debtor and not self._is_owed_by_debtor(self.item_id):
            return self.env._("Belongs to %s since the proposal.", debtor.display_name)
        return self.env._("Paid or cancelled since the proposal.")
