from odoo import api, fields, models

KINDS = [
    ("limit", "Credit limit"),
    ("temporary", "Temporary limit"),
    ("group", "Debtor group"),
    ("group_limit", "Limit of the group"),
    ("tier", "Risk tier"),
    ("terms", "Payment terms"),
]


class CreditLimitChange(models.Model):
    """Who changed a limit, or what it rests on, when, why, from what to what.

    Written whatever a change comes from; nobody writes or deletes it by hand.
    """

    _name = "credit.limit.change"
    _description = "Change of a Limit"
    _order = "id desc"
    _rec_name = "new"

    profile_id = fields.Many2one(
        "credit.profile", string="Debtor", index="btree_not_null", ondelete="cascade"
    )
    group_id = fields.Many2one(
        "credit.group",
        string="Debtor group",
        index="btree_not_null",
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="By", required=True, default=lambda self: self.env.uid
    )
    kind = fields.Selection(KINDS, string="What", required=True)
    old = fields.Char(string="Before")
    new = fields.Char(string="After")
    reason = fields.Char()
    request_id = fields.Many2one(
        "credit.limit.request",
        string="Request",
        ondelete="set null",
        index="btree_not_null",
    )

    _of_somebody = models.Constraint(
        "CHECK (num_nonnulls(profile_id, group_id) = 1)",
        "A change is that of one debtor or of one group.",
    )

    @api.model
    def _log(self, rows: list[dict], reason: str | bool = False) -> None:
        """Keep what changed; the reason comes along in the context where a request or
        a wizard asked for one.
        """
        if not rows:
            return
        profiles = self.env["credit.profile"].browse(
            row["profile_id"] for row in rows if row.get("profile_id")
        )
        companies = {p.id: p.company_id.id for p in profiles.sudo()}
        common = {
            "reason": self.env.context.get("credit_limit_reason")
            or reason
            or self._get_way(),
            # Only what a request applies is its own, not what a caller claims.
            "request_id": self.env.su and self.env.context.get("credit_limit_request"),
        }
        self.sudo().create(
            [
                {"company_id": companies.get(row.get("profile_id")), **common, **row}
                for row in rows
            ]
        )

    @api.model
    def _get_way(self) -> str | bool:
        """How a user wrote it, where nothing asked him why."""
        if self.env.context.get("import_file"):
            return self.env._("Imported from a file.")
        return not self.env.su and self.env._("Written without a reason.")
