import hashlib
import os
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import BinaryIO
from zipfile import ZipFile

from odoo import api, models

PIECE = 1 << 20


class IrAttachment(models.Model):
    """Large files go to and from the filestore in pieces.

    Odoo's own way holds the whole content in memory, and reads it again for its
    checksum. What is kept is the same in the end.
    """

    _inherit = "ir.attachment"

    @api.model
    def _credit_keep(self, content: BinaryIO, **vals):
        """A new attachment with all of ``content``, of which one piece is in memory."""
        content.seek(0)
        if self._storage() != "file":
            return self.create({**vals, "raw": content.read()})
        checksum, size = hashlib.sha1(usedforsecurity=False), 0
        while piece := content.read(PIECE):
            checksum.update(piece)
            size += len(piece)
        name = checksum.hexdigest()
        stored = f"{name[:2]}/{name}"
        self._credit_store(content, stored)
        attachment = self.create({**vals, "raw": b""})
        # As Odoo itself does it: its own write() takes these from the content only.
        models.BaseModel.write(
            attachment,
            {
                "store_fname": stored,
                "checksum": name,
                "file_size": size,
                "db_datas": False,
            },
        )
        return attachment

    def _credit_store(self, content: BinaryIO, stored: str) -> None:
        """Put ``content`` into the filestore, as a whole or not at all."""
        path = self._full_path(stored)
        # First, so that it is cleaned away if this transaction fails.
        self._mark_for_gc(stored)
        if os.path.exists(path):
            return
        folder = os.path.dirname(path)
        os.makedirs(folder, exist_ok=True)
        content.seek(0)
        with NamedTemporaryFile(dir=folder, delete=False) as target:
            copyfileobj(content, target, PIECE)
        os.replace(target.name, path)

    def _credit_add_to(self, archive: ZipFile, name: str) -> None:
        """Add the content to ``archive``, piece by piece where it is a file."""
        self.ensure_one()
        if self.store_fname:
            archive.write(self._full_path(self.store_fname), name)
        else:
            archive.writestr(name, self.raw)
