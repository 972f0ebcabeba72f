import logging
import secrets
from datetime import date, timedelta

from markupsafe import Markup
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..core import collection

# Up to so many files are sent while the user waits; more go in the background.
SEND_AT_ONCE = 3
# Of more the sender hears after so many.
TELL_EVERY = 25
SENDING = "credit_insurance.cron_collection_send"
TEMPLATE = "credit_insurance.mail_template_collection_file"

_logger = logging.getLogger(__name__)


class CreditCollectionSend(models.Model):
    """Files go to the agency one by one, each in a transaction of its own.

    Just before, what is open is read again and frozen, and the dossier is made.
    """

    _inherit = "credit.collection.file"

    is_queued = fields.Boolean(string="Being sent", readonly=True, copy=False)
    failure = fields.Char(string="What went wrong", readonly=True, copy=False)
    dossier_id = fields.Many2one(
        "ir.attachment", string="Dossier (ZIP)", readonly=True, copy=False
    )
    dossier_pdf_id = fields.Many2one(
        "ir.attachment", string="Dossier (PDF)", readonly=True, copy=False
    )
    message_id = fields.Many2one("mail.message", readonly=True, copy=False)
    link_token = fields.Char(readonly=True, copy=False, groups="base.group_system")
    link_until = fields.Date(string="Link valid until", readonly=True, copy=False)
    queued_on = fields.Datetime(string="To be sent since", readonly=True, copy=False)
    queued_by_id = fields.Many2one(
        "res.users", string="Sent by", readonly=True, copy=False, index=True
    )
    queue_words = fields.Char(compute="_compute_queue_words")
    queue_progress = fields.Float(compute="_compute_queue_words")

    _link_uniq = models.UniqueIndex("(link_token) WHERE link_token IS NOT NULL")

    @api.depends("is_queued", "queued_on", "queued_by_id")
    def _compute_queue_words(self):
        for files in self.grouped(lambda f: (f.queued_on, f.queued_by_id)).values():
            total, left, failed = files[0]._count_queue()
            files.queue_words = files[0]._word_queue(total, left, failed)
            files.queue_progress = 100.0 * (total - left) / (total or 1)

    # -- many of them ----------------------------------------------------------

    def _get_queue_domain(self) -> list:
        """The files that were sent with this one."""
        return [
            ("queued_on", "=", self.queued_on),
            ("queued_by_id", "=", self.queued_by_id.id),
        ]

    def _count_queue(self) -> tuple[int, int, int]:
        """(all that were sent together, those to go, those that failed)."""
        if not self.queued_on:
            return 0, 0, 0
        files = self.sudo().with_context(active_test=False)
        domain = self._get_queue_domain()
        return (
            files.search_count(domain),
            files.search_count([*domain, ("is_queued", "=", True)]),
            files.search_count([*domain, ("failure", "!=", False)]),
        )

    def _word_queue(self, total: int, left: int, failed: int) -> str:
        words = self.env._(
            "%(done)s of %(total)s files are sent.",
            done=total - left - failed,
            total=total,
        )
        if failed:
            words += " " + self.env._("%s could not be sent.", failed)
        return words

    def _tell_queue(self) -> None:
        """Tell who sends many files how far it is, now and then and at the end."""
        total, left, failed = self._count_queue()
        if total <= SEND_AT_ONCE or (left and (total - left) % TELL_EVERY):
            return
        self.queued_by_id._bus_send(
            "simple_notification",
            {
                "type": "warning" if failed else "info",
                "title": self.env._("Files to agencies"),
                "message": self._word_queue(total, left, failed),
                "sticky": not left,
            },
        )

    def _get_queue_action(self) -> dict:
        """The list of what is being sent."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_insurance.action_collection_sending"
        )
        return {**action, "domain": self[0]._get_queue_domain()}

    def action_send(self):
        """Hand these files over; many of them in the background."""
        files = self._as_manager()
        files.filtered(lambda f: f.state == collection.DRAFT).action_approve()
        if any(file.state != collection.READY for file in files):
            raise UserError(self.env._("Only approved files are sent."))
        files.write(
            {
                "is_queued": True,
                "failure": False,
                "queued_on": fields.Datetime.now(),
                "queued_by_id": self.env.uid,
            }
        )
        if len(files) > SEND_AT_ONCE:
            self.env.ref(SENDING).sudo()._trigger()
            return files._get_queue_action()
        for file in files:
            file._send(file.company_id._credit_today())
        if len(files) == 1 and files.failure:
            raise UserError(files.failure)
        return True

    @api.model
    def _cron_send(self):
        """Send what is queued, one file a transaction; what is killed goes on."""
        cron = self.env["ir.cron"]
        files = self.search([("is_queued", "=", True)], order="id")
        cron._commit_progress(remaining=len(files))
        for file in files:
            file._send(file.company_id._credit_today())
            file._tell_queue()
            if not cron._commit_progress(1):
                break

    def _send(self, as_of: date) -> None:
        """Send approved files. One that another transaction sends is left to it."""
        for file in self.sudo().try_lock_for_update(allow_referencing=True):
            if file.state != collection.READY:
                file.is_queued = False
                continue
            try:
                with self.env.cr.savepoint():
                    file._hand_over(as_of)
            except UserError as error:
                file.write({"is_queued": False, "failure": str(error)})
            except OperationalError:
                raise  # the database is busy: all of it is tried again
            except Exception:  # one bad document must not hold up all the others
                _logger.exception("Collection file %s can't be sent", file.name)
                failure = self.env._(
                    "The dossier can't be made. Look at it; your administrator finds "
                    "the reason in the log."
                )
                file.write({"is_queued": False, "failure": failure})

    def _hand_over(self, as_of: date) -> None:
        self._bring_up_to_date(as_of)
        self._check_sendable(as_of)
        self._move(
            collection.SENT,
            as_of,
            sent_date=as_of,
            is_queued=False,
            failure=False,
        )
        self._make_dossier(as_of)
        self._mail_dossier(as_of)
        self.profile_id._message_log(
            body=self.env._(
                "%(file)s handed over to %(agency)s: %(amount)s.",
                file=self.name,
                agency=self.agency_id.name,
                amount=format_amount(self.env, self.claimed_amount, self.currency_id),
            )
        )
        moves = self.line_ids.item_id.move_id
        words = self._word_since()
        moves._message_log_batch(bodies={move.id: words for move in moves})

    # -- mail ------------------------------------------------------------------

    def _get_lang(self) -> str:
        return self.agency_id.recipient_id.lang or self.env.lang or "en_US"

    def _mail_dossier(self, as_of: date) -> None:
        """The mail is the first entry of the file; answers to it land there."""
        if self.agency_id.delivery == "link":
            self._make_link(as_of)
        attached = self.agency_id.delivery == "mail" and (
            self.dossier_id | self.dossier_pdf_id
        )
        self.message_id = self._post_to_agency(TEMPLATE, attached)

    def _post_to_agency(self, template: str, attachments=None, **values):
        lang = self._get_lang()
        rendered = (
            self.env.ref(template)
            .sudo()
            .with_context(lang=lang, **values)
            ._generate_template(self.ids, {"subject", "body_html"})
        )[self.id]
        return self.with_context(lang=lang).message_post(
            body=Markup(rendered["body_html"]),
            subject=rendered["subject"],
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.agency_id.recipient_id.ids,
            attachment_ids=attachments.ids if attachments else [],
            email_from=self.company_id.email_formatted or self.env.user.email_formatted,
            email_layout_xmlid="credit_control.mail_layout",
            force_email_lang=lang,
            mail_auto_delete=False,
        )

    def action_resend(self):
        """Mail the dossier once more, as it was, with a new link."""
        for file in self._as_officer():
            if not file.is_held:
                raise UserError(self.env._("Only files with an agency are mailed."))
            file._mail_dossier(file.company_id._credit_today())
        return True

    # -- link ------------------------------------------------------------------

    def _make_link(self, as_of: date) -> None:
        """A new link; the one before it opens nothing any more."""
        self.write(
            {
                "link_token": secrets.token_urlsafe(32),
                "link_until": as_of + timedelta(self.agency_id.link_days),
            }
        )

    def action_end_link(self):
        """Nobody opens the dossier with the link that was mailed any more."""
        files = self._as_officer()
        files.write({"link_token": False, "link_until": False})
        words = self.env._("The link to the dossier was ended.")
        files._message_log_batch(bodies=dict.fromkeys(files.ids, words))
        return True

    def _get_link(self, kind: str = "zip") -> str:
        """The address of the dossier; empty where it goes as attachment."""
        token = self.sudo().link_token
        if not token:
            return ""
        return f"{self.get_base_url()}/credit/dossier/{token}.{kind}"

    @api.model
    def _find_by_link(self, token: str):
        """The file that the link is of, as long as it is valid; else none."""
        file = self.sudo().search([("link_token", "=", token)], limit=1)
        if not file or not file.link_until:
            return self.browse()
        valid = file.link_until >= file.company_id._credit_today()
        return file if valid and file.dossier_id else self.browse()
