from datetime import date

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.credit_control.core.escalation import Decision
from odoo.addons.credit_control.database import flush

COLLECTION = "collection"


class CreditDunningCollection(models.AbstractModel):
    """What somebody else collects is not reminded, until it comes back."""

    _inherit = "credit.dunning"

    @api.model
    def _flush_sources(self) -> None:
        flush(self.env, ("credit.collection.file", "credit.collection.line"))
        return super()._flush_sources()

    @api.model
    def _block_sql(self, as_of: date) -> SQL:
        return SQL(
            """COALESCE(%s, CASE WHEN l.id IN (
                   SELECT k.item_id
                     FROM credit_collection_line k
                     JOIN credit_collection_file f ON f.id = k.file_id
                    WHERE k.item_id IS NOT NULL AND %s) THEN %s END)""",
            super()._block_sql(as_of),
            self._collection_holds_sql(as_of),
            COLLECTION,
        )

    @api.model
    def _collection_holds_sql(self, as_of: date) -> SQL:
        """Whether the file ``f`` holds its items ``k``."""
        return SQL("k.is_held")

    @api.model
    def _get_reason_labels(self) -> list[tuple[str, str]]:
        return [
            *super()._get_reason_labels(),
            (COLLECTION, self.env._("Handed over for collection")),
        ]

    @api.model
    def _get_answers(self, decisions: list[Decision], as_of: date) -> list[str]:
        """No policy has a say in what is handed over."""
        answers = super()._get_answers(decisions, as_of)
        return self._say_where_held(decisions, answers)

    @api.model
    def _get_reason_texts(self, decisions: list[Decision]) -> list[str]:
        texts = super()._get_reason_texts(decisions)
        return self._say_where_held(decisions, texts)

    def _say_where_held(self, decisions: list[Decision], texts: list[str]) -> list[str]:
        """``texts`` of the decisions, but with whom each is that somebody collects."""
        held = self._find_holding(
            decisions, COLLECTION, "credit.collection.line", [("is_held", "=", True)]
        )
        words = {id_: line.file_id._word_since() + "." for id_, line in held.items()}
        return self._reword(decisions, texts, words)


class CreditDunningPastCollection(models.AbstractModel):
    """Files that were with an agency on a day gone by."""

    _inherit = "credit.dunning.past"

    @api.model
    def _collection_holds_sql(self, as_of: date) -> SQL:
        return SQL(
            """(f.sent_date <= %(day)s
                AND (f.closed_date IS NULL OR f.closed_date > %(day)s)
                AND f.state <> 'rejected')""",
            day=as_of,
        )
