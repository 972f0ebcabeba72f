from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from odoo.addons.credit_control.rights import check_officer

from ..core import clocks
from ..records import plan_together, write_changed

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
# Until when what else is entered can be changed; the debtor never can.
CHANGED_IN = {
    "profile_id": (),
    "policy_id": (),
    "insolvency_date": FOLLOWING,
    "limit_amount": FOLLOWING,
    "insured_percent": FOLLOWING,
    "own_loss": ("submitted",),
    "indemnity_amount": ("submitted", "accepted"),
    "refusal": ("submitted",),
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

    @api.constrains("policy_id", "profile_id")
    def _check_insured_company(self):
        for claim in self:
            claim.policy_id._check_insures(claim.profile_id)

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
            claims.sudo()._refresh_today()
        return claims

    def write(self, vals):
        if not self.env.su and GUARDED & vals.keys():
            raise AccessError(self.env._("Use the buttons of the claim."))
        if not self.env.su:
            self._check_changeable(vals)
        return super().write(vals)

    def _check_changeable(self, vals: dict) -> None:
        """What the insurer was told or decided stays."""
        for claim in self:
            for name in CHANGED_IN.keys() & vals.keys():
                if claim.state not in CHANGED_IN[name]:
                    raise UserError(
                        self.env._("%s has gone on: load it again.", claim.display_name)
                    )

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
        due = self._fetch_due(company, as_of)
        self._propose([pair for pair in due if pair not in taken], as_of)

    @api.model
    def _fetch_due(self, company, as_of: date) -> list[tuple[int, int]]:
        """(debtor id, policy id) of overdues that are to be reported soon."""
        domain = [("company_id", "=", company.id), ("active", "=", True)]
        insured = self.env["credit.profile"].search(
            [*domain, ("insurance_limit_ids", "!=", False)]
        )
        if not insured:
            return []
        return self.env.execute_query(
            SQL(
                """
                SELECT c.profile_id, c.policy_id FROM (%s) c
                 WHERE c.next_kind = 'notify' AND c.next_date <= %s
                   AND (c.uncovered IS NULL OR c.uncovered = 'disputed')
              GROUP BY c.profile_id, c.policy_id
              ORDER BY MIN(c.next_date), MIN(c.id)
                """,
                self.env["credit.insurance.clock"]._clock_sql(as_of, insured),
                as_of + LEAD,
            )
        )

    @api.model
    def _propose(self, pairs: list[tuple[int, int]], as_of: date):
        """Drafts on ``pairs`` of (debtor id, policy id), each with an activity."""
        claims = self.with_context(credit_claim_filled=True).create(
            [
                {"profile_id": profile_id, "policy_id": policy_id, "automatic": True}
                for profile_id, policy_id in pairs
            ]
        )
        claims._refresh(as_of)
        usual = {policy: policy._get_responsible() for policy in claims.policy_id}
        plan_together(
            "credit_insurance.activity_notify",
            claims,
            lambda one: (
                max(one.notify_by or as_of, as_of),
                one.profile_id.collector_id or usual[one.policy_id],
            ),
            summary=self.env._("Report the overdue to the insurer"),
        )
        return claims

    def _follow(self, as_of: date) -> None:
        """Keep the lines as the ledger is; end what was paid.

        What was reported waits while one of its invoices is back in draft.
        """
        claims = self.sudo().filtered(
            lambda claim: claim.state == "draft"
            or "draft" not in claim.line_ids.item_id.mapped("parent_state")
        )
        paid = claims - claims._refresh(as_of)
        drafts = paid.filtered(lambda claim: claim.state == "draft")
        for claim in paid - drafts:
            claim._end(claim.env._("The debtor has paid everything."))
        drafts.filtered("automatic").unlink()

    def _refresh_today(self) -> None:
        for company, claims in self.grouped("company_id").items():
            claims._refresh(company._credit_today())

    def _refresh(self, as_of: date):
        """The whole balance of the buyers, as it is on ``as_of``; answers the claims
        of which anything is open.

        From the day of the loss on it stays what it was on that day.
        """
        self._date_insolvencies(as_of)
        insured = self._fetch_insured(as_of)
        lost = self.filtered(lambda one: one.loss_date and one.loss_date <= as_of)
        self._put_lines({**insured, **lost._restore_at_loss(insured)}, as_of)
        return self.filtered(insured.get)

    def _date_insolvencies(self, as_of: date) -> None:
        """The first day known counts."""
        signals = self.env["credit.insurance.clock"]._insolvent_sql(as_of)
        insolvent = dict(self.env.execute_query(signals))
        for claim in self.filtered(lambda one: not one.insolvency_date):
            if day := insolvent.get(claim.profile_id.id):
                claim.insolvency_date = day

    def _fetch_insured(self, as_of: date) -> dict:
        """{claim: what is open and insured by its policy, as the clocks say it}.

        Of a policy that isn't watched, or was archived, they say nothing: such a claim
        goes on with its invoices.
        """
        clock = self.env["credit.insurance.clock"]
        found: dict = {}
        for row in clock._fetch_rows(self.profile_id, as_of):
            found.setdefault((row["profile_id"], row["policy_id"]), []).append(row)
        return {
            claim: found.get((claim.profile_id.id, claim.policy_id.id), [])
            if claim.policy_id.active and claim.policy_id.watch_deadlines
            else claim._get_open_rows()
            for claim in self
        }

    def _get_open_rows(self) -> list[dict]:
        """What is open of the invoices that it is about already."""
        return [
            {**line._get_row(), "amount": line.item_id.amount_residual}
            for line in self.line_ids
            if line.item_id.parent_state == "posted"
            and line.item_id.amount_residual > 0
        ]

    def _put_lines(self, found: dict, as_of: date) -> None:
        """Write what differs: most mornings nothing does.

        :param found: {claim: rows of what it is about}
        """
        items = self.env["account.move.line"].browse(
            row["id"] for rows in found.values() for row in rows
        )
        wanted = {
            (claim.id, vals["item_id"]): vals
            for claim, rows in found.items()
            for vals in claim._prepare_lines(rows, as_of, items)
        }
        lines = self.line_ids
        known = {(line.claim_id.id, line.item_id.id): line for line in lines}
        kept = lines.browse().concat(*(known[key] for key in wanted if key in known))
        (lines - kept).unlink()
        for line in kept:
            write_changed(line, wanted[line.claim_id.id, line.item_id.id])
        lines.create(
            [
                {"claim_id": key[0], **vals}
                for key, vals in wanted.items()
                if key not in known
            ]
        )

    def _prepare_lines(self, rows: list[dict], as_of: date, items) -> list[dict]:
        """:param items: those of all claims, read together"""
        company, policy = self.company_id, self.policy_id
        rate = self.env["res.currency"]._get_conversion_rate(
            company.currency_id,
            policy.currency_id,
            company,
            self.notified_date or as_of,
        )
        own = items.browse([row["id"] for row in rows]).with_prefetch(items.ids)
        amounts = [
            float(row["amount"]) * (self._get_own_rate(item) or rate)
            for row, item in zip(rows, own, strict=True)
        ]
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
            for row, item, amount in zip(rows, own, amounts, strict=True)
        ]

    def _get_own_rate(self, item) -> float | None:
        """Of an invoice in the policy's currency, which is claimed as it stands in it,
        whatever the rate of exchange has become.
        """
        if item.currency_id == self.policy_id.currency_id and item.balance:
            return item.amount_currency / item.balance
        return None

    def _get_extended_to(self, row: dict):
        """Until when the insurer gave more time, beyond what the policy says."""
        terms = self.policy_id._get_terms(self.partner_id.country_id)
        usual = row["first_due"] + timedelta(terms.extension_days)
        return row["stop_date"] if row["stop_date"] > usual else False

    # -- actions ---------------------------------------------------------------

    def action_refresh(self):
        self._as_officer(*FOLLOWING)._refresh_today()
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
            claim._mail_with_file("credit_insurance.mail_template_notification", today)
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
            claim._mail_with_file("credit_insurance.mail_template_claim", today)
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
                    "indemnity_amount": 0.0,
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

    def _mail_with_file(self, template: str, as_of: date) -> None:
        """With one document to read and everything as ZIP, in the insurer's language."""
        spoken = self.with_context(lang=self._get_insurer_lang())
        pdf, archive = spoken._keep_dossier(as_of)
        self._mail_insurer(template, attachment_ids=[pdf.id, archive.id])

    def action_view_debtor(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.profile",
            "res_id": self.profile_id.id,
            "view_mode": "form",
        }
