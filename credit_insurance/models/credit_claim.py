from datetime import date, timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.credit_control.rights import check_officer

from ..core import clocks

# So long before its deadline the notification is proposed.
LEAD = timedelta(days=7)
# While the lines follow the ledger.
FOLLOWING = ("draft", "notified", "waiting")
# Whose first loss of the year and liability are used up.
DECIDED = ("accepted", "paid", "closed")
# Written by the actions.
GUARDED = {
    "state",
    "notified_date",
    "submitted_date",
    "decided_date",
    "aggregate_used",
    "received_amount",
    "move_ids",
    "automatic",
    "name",
    "last_item",
    "decided_rank",
}


class CreditClaim(models.Model):
    """The overdue balance of a debtor, from its notification to the indemnity.

    A draft is proposed when the insurer has to know; an officer sends it. After the
    waiting period a manager submits the claim, and says what the insurer decided.
    """

    _name = "credit.claim"
    _description = "Insurance Claim"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "credit.insurer.mail",
        "credit.dossier",
    ]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/"
    )
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    policy_id = fields.Many2one(
        "credit.insurance.policy", required=True, index=True, ondelete="restrict"
    )
    insurer_id = fields.Many2one(related="policy_id.insurer_id")
    currency_id = fields.Many2one(related="policy_id.currency_id", store=True)
    state = fields.Selection(
        [
            ("draft", "To be reported"),
            ("notified", "Reported"),
            ("waiting", "Waiting period"),
            ("submitted", "Claim submitted"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("paid", "Paid"),
            ("closed", "Closed"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    automatic = fields.Boolean(string="Proposed by itself", readonly=True, copy=False)
    cause = fields.Text(
        string="What happened", help="Why the debtor doesn't pay, what was done."
    )
    insurer_reference = fields.Char(string="Insurer's number", tracking=True)

    # -- days ------------------------------------------------------------------

    notify_by = fields.Date(
        string="Report by", compute="_compute_days", store=True, tracking=True
    )
    notified_date = fields.Date(
        string="Reported on", readonly=True, copy=False, tracking=True
    )
    insolvency_date = fields.Date(
        string="Insolvent since",
        tracking=True,
        help="The day of the loss, if the waiting period isn't over before.",
    )
    loss_date = fields.Date(
        string="Day of the loss", compute="_compute_days", store=True
    )
    claim_by = fields.Date(string="Claim by", compute="_compute_days", store=True)
    submitted_date = fields.Date(
        string="Submitted on", readonly=True, copy=False, tracking=True
    )
    decided_date = fields.Date(string="Decided on", readonly=True, copy=False)

    line_ids = fields.One2many(
        "credit.claim.line", "claim_id", string="Invoices", readonly=True
    )
    recovery_ids = fields.One2many(
        "credit.claim.recovery", "claim_id", string="Received later"
    )

    # Nothing of a buyer's balance is reported twice at a time.
    _open_uniq = models.UniqueIndex(
        """(profile_id, policy_id)
           WHERE state NOT IN ('refused', 'paid', 'closed')""",
        "There is an open claim on this debtor already.",
    )

    @api.depends("name", "profile_id")
    def _compute_display_name(self):
        for claim in self:
            claim.display_name = f"{claim.name} {claim.profile_id.display_name or ''}"

    @api.depends(
        "line_ids.first_due",
        "line_ids.is_counted",
        "notified_date",
        "insolvency_date",
        "policy_id",
    )
    def _compute_days(self):
        """Those of the oldest insured invoice."""
        for claim in self:
            lines = claim.line_ids.filtered("is_counted") or claim.line_ids
            due = min(filter(None, lines.mapped("first_due")), default=False)
            found = due and clocks.deadlines(
                due,
                claim._get_core_rules(),
                max(filter(None, lines.mapped("extended_to")), default=None),
                claim.notified_date or None,
                claim.insolvency_date or None,
            )
            claim.notify_by = found and found.notify
            claim.loss_date = found and found.loss
            claim.claim_by = found and found.claim

    def _get_core_rules(self) -> clocks.Rules:
        policy = self.policy_id.sudo()
        terms = policy._get_terms(self.partner_id.country_id)
        return policy._get_core_rules(terms)

    # -- rights ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(GUARDED & vals.keys() for vals in vals_list):
            raise AccessError(self.env._("A claim begins as a draft."))
        claims = super().create(vals_list)
        for claim in claims.sudo():
            if claim.name == "/":
                claim.name = (
                    self.env["ir.sequence"]
                    .sudo()
                    .with_company(claim.company_id)
                    .next_by_code("credit.claim", claim.company_id._credit_today())
                )
        if not self.env.context.get("credit_claim_filled"):
            for claim in claims.sudo():
                claim._refresh(claim.company_id._credit_today())
        return claims

    def write(self, vals):
        if not self.env.su and GUARDED & vals.keys():
            raise AccessError(self.env._("Use the buttons of the claim."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if any(claim.state != "draft" for claim in self):
            raise UserError(
                self.env._("What was reported stays: close the claim instead.")
            )

    def _as_officer(self, *states):
        check_officer(self.env, self.env._("Only credit officers handle claims."))
        self.check_access("write")
        return self._in_state(*states)

    def _as_manager(self, *states):
        if not self.env.su and not self.env.user.has_group(
            "credit_control.group_manager"
        ):
            raise AccessError(
                self.env._("Only credit managers submit claims and close them.")
            )
        self.check_access("write")
        return self._in_state(*states)

    def _in_state(self, *states):
        for claim in self:
            if claim.state not in states:
                raise UserError(
                    self.env._("%s has gone on: load it again.", claim.display_name)
                )
        return self.sudo()

    # -- propose ---------------------------------------------------------------

    @api.model
    def _propose_all(self, company, as_of: date) -> None:
        """Propose what the insurer has to know, and follow what was proposed."""
        following = self.search(
            [("company_id", "=", company.id), ("state", "in", FOLLOWING)]
        )
        following._follow(as_of)
        known = self.search(
            [("company_id", "=", company.id), ("state", "!=", "closed")]
        )
        taken = {(claim.profile_id.id, claim.policy_id.id) for claim in known}
        for pair in self._fetch_due(company, as_of):
            if pair not in taken:
                self._propose(*pair, as_of)

    @api.model
    def _fetch_due(self, company, as_of: date) -> list[tuple[int, int]]:
        """(debtor id, policy id) of overdues that are to be reported soon."""
        clock = self.env["credit.insurance.clock"]
        domain = [("company_id", "=", company.id), ("active", "=", True)]
        insured = self.env["credit.profile"].search(
            [*domain, ("insurance_limit_ids", "!=", False)]
        )
        found = {
            (row["profile_id"], row["policy_id"]): True
            for row in clock._fetch_rows(insured, as_of)
            if row["next_kind"] == "notify"
            and row["next_date"] <= as_of + LEAD
            and row["uncovered"] in (None, "disputed")
        }
        return list(found)

    @api.model
    def _propose(self, profile_id: int, policy_id: int, as_of: date):
        claim = self.with_context(credit_claim_filled=True).create(
            {"profile_id": profile_id, "policy_id": policy_id, "automatic": True}
        )
        claim._refresh(as_of)
        claim.activity_schedule(
            "credit_insurance.activity_notify",
            max(claim.notify_by or as_of, as_of),
            summary=self.env._("Report the overdue to the insurer"),
            user_id=(
                claim.profile_id.collector_id or claim.policy_id._get_responsible()
            ).id,
        )
        return claim

    def _follow(self, as_of: date) -> None:
        """Keep the lines as the ledger is; end what was paid."""
        for claim in self.sudo():
            if claim._refresh(as_of):
                continue
            if claim.state != "draft":
                claim._end(claim.env._("The debtor has paid everything."))
            elif claim.automatic:
                claim.unlink()

    def _refresh(self, as_of: date) -> bool:
        """The whole balance of the buyer, as it is on ``as_of``; whether there is any.

        From the day of the loss on it stays what it was on that day.
        """
        self.ensure_one()
        signals = self.env["credit.insurance.clock"]._insolvent_sql(as_of)
        rows = dict(self.env.execute_query(signals))
        if insolvent := rows.get(self.profile_id.id):
            self.insolvency_date = self.insolvency_date or insolvent
        insured = self._fetch_insured(as_of)
        found = insured
        if self.loss_date and self.loss_date <= as_of:
            found = self._restore_at_loss(insured)
        known = self.line_ids.grouped("item_id")
        commands = []
        for vals in self._prepare_lines(found, as_of):
            line = known.get(self.env["account.move.line"].browse(vals["item_id"]))
            commands.append(
                Command.update(line.id, vals) if line else Command.create(vals)
            )
        kept = {command[1] for command in commands if command[0] == Command.UPDATE}
        gone = [
            Command.delete(line.id) for line in self.line_ids if line.id not in kept
        ]
        self.line_ids = gone + commands
        return bool(insured)

    def _fetch_insured(self, as_of: date) -> list[dict]:
        """What is open and insured by the policy, as the clocks say it."""
        clock = self.env["credit.insurance.clock"]
        rows = clock._fetch_rows(self.profile_id, as_of)
        return [row for row in rows if row["policy_id"] == self.policy_id.id]

    def _prepare_lines(self, rows: list[dict], as_of: date) -> list[dict]:
        company, policy = self.company_id, self.policy_id
        rate = self.env["res.currency"]._get_conversion_rate(
            company.currency_id,
            policy.currency_id,
            company,
            self.notified_date or as_of,
        )
        items = self.env["account.move.line"].browse(row["id"] for row in rows)
        amounts = [float(row["amount"]) * rate for row in rows]
        return [
            {
                "item_id": row["id"],
                "delivered": row["delivered"],
                "first_due": row["first_due"],
                "extended_to": self._get_extended_to(row),
                "uncovered": row["uncovered"],
                "gross": policy.currency_id.round(amount),
                "net": policy.currency_id.round(amount * item._get_net_share()),
            }
            for row, item, amount in zip(rows, items, amounts, strict=True)
        ]

    def _get_extended_to(self, row: dict):
        """Until when the insurer gave more time, beyond what the policy says."""
        terms = self.policy_id._get_terms(self.partner_id.country_id)
        usual = row["first_due"] + timedelta(terms.extension_days)
        return row["stop_date"] if row["stop_date"] > usual else False

    # -- actions ---------------------------------------------------------------

    def action_refresh(self):
        for claim in self._as_officer(*FOLLOWING):
            claim._refresh(claim.company_id._credit_today())
        self.filtered(lambda one: one.state != "draft").action_find_recoveries()
        return True

    def action_notify(self):
        """Report the whole balance to the insurer, with the file."""
        claims = self._as_officer("draft")
        claims._check_insurer_email()
        for claim in claims:
            today = claim.company_id._credit_today()
            claim._refresh(today)
            if not claim.line_ids:
                raise UserError(
                    self.env._("Nothing insured is open of %s.", claim.display_name)
                )
            claim._mail_insurer(
                "credit_insurance.mail_template_notification",
                claim._get_attachments(today),
            )
            claim.write({"state": "notified", "notified_date": today})
            claim.activity_unlink(["credit_insurance.activity_notify"])
            claim._log_in_file(
                claim.env._("Overdue of %s reported to the insurer.", claim.name)
            )
        return True

    def action_confirm(self):
        """The insurer has it: the waiting period runs."""
        self._as_officer("notified").write({"state": "waiting"})
        return True

    def action_submit(self):
        """Claim the loss, with the file."""
        claims = self._as_manager("notified", "waiting")
        claims._check_insurer_email()
        for claim in claims:
            today = claim.company_id._credit_today()
            claim._refresh(today)
            claim._check_submittable(today)
            claim._mail_insurer(
                "credit_insurance.mail_template_claim", claim._get_attachments(today)
            )
            claim._submit_on(today)
            claim._log_in_file(claim.env._("Claim %s submitted.", claim.name))
        return True

    def _submit_on(self, day: date) -> None:
        last = self.env["account.move.line"].sudo().search([], order="id desc", limit=1)
        self.write({"state": "submitted", "submitted_date": day, "last_item": last.id})

    def _check_submittable(self, as_of: date) -> None:
        if not self.line_ids.filtered("is_counted"):
            raise UserError(self.env._("Nothing insured is open any more."))
        if self.loss_date and as_of < self.loss_date:
            raise UserError(
                self.env._(
                    "The waiting period ends on %s: submit the claim then. Fill in "
                    "since when the debtor is insolvent if he is.",
                    format_date(self.env, self.loss_date),
                )
            )

    def action_accept(self):
        """The insurer accepts the loss as it stands in the claim."""
        claims = self._as_manager("submitted")
        # Two claims accepted at once must not both use what is left of the year.
        claims.policy_id.lock_for_update(allow_referencing=True)
        for claim in claims:
            used = claim._get_indemnity().aggregate_used
            claim.write(
                {
                    "state": "accepted",
                    "decided_date": claim.company_id._credit_today(),
                    "decided_rank": claim._get_next_rank(),
                    "aggregate_used": float(used),
                    "indemnity_amount": claim.indemnity_amount or claim.expected_amount,
                }
            )
        return True

    def action_refuse(self):
        """The insurer doesn't pay."""
        for claim in self._as_manager("submitted"):
            if not (claim.refusal or "").strip():
                raise UserError(
                    self.env._("Fill in why the insurer refused, in the tab Indemnity.")
                )
            claim.write(
                {
                    "state": "refused",
                    "decided_date": claim.company_id._credit_today(),
                }
            )
        return True

    def action_close(self):
        """Nothing more is expected of this claim."""
        for claim in self._as_manager(
            "notified", "waiting", "accepted", "refused", "paid"
        ):
            claim._end(claim.env._("Closed by %s.", claim.env.user.name))
        return True

    def _end(self, words: str) -> None:
        self.state = "closed"
        self._message_log(body=words)

    def _log_in_file(self, words: str) -> None:
        self.profile_id._message_log(body=words)

    def _get_attachments(self, as_of: date) -> list[tuple[str, bytes]]:
        """The file for the mail: one document to read, and everything as ZIP."""
        return [self._render_pdf(as_of), self._render_zip(as_of)]

    def action_view_debtor(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.profile",
            "res_id": self.profile_id.id,
            "view_mode": "form",
        }
