from odoo import models

from odoo.addons.base_import.models.base_import import ImportValidationError


class BaseImport(models.TransientModel):
    """What isn't a number or a day in a file for us is refused with row and column, as
    they stand in the file and on the screen.
    """

    _inherit = "base_import.import"

    def _parse_float_from_data(self, data, index, name, options):
        parse = super()._parse_float_from_data
        return self._parse_rows(parse, data, index, name, options)

    def _parse_date_from_data(self, data, index, name, field_type, options):
        parse = super()._parse_date_from_data
        return self._parse_rows(parse, data, index, name, field_type, options)

    def _parse_rows(self, parse, data, index: int, name: str, *settings) -> None:
        """One row after the other, as Odoo doesn't say which one it was."""
        for row, line in enumerate(data, start=1):
            cell = line[index]
            try:
                parse([line], index, name, *settings)
            except ImportValidationError as error:
                self._say_where(error, name, row, cell, settings[-1])
                raise

    def _say_where(self, error, name: str, row: int, cell: str, options) -> None:
        if not self.res_model.startswith("credit."):
            return
        field = self.env[self.res_model]._fields.get(name)
        error.message = self.env._(
            "Row %(row)s, column %(column)s: %(value)s can't be read.",
            row=row + bool(options.get("has_headers")),
            column=field._description_string(self.env) if field else name,
            value=cell,
        )
