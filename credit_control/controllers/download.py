from collections.abc import Callable
from tempfile import TemporaryFile
from typing import BinaryIO

from werkzeug.wsgi import wrap_file

from odoo.http import Response, content_disposition, request


def send_file(write: Callable[[BinaryIO], None], mimetype: str, name: str) -> Response:
    """What ``write`` puts into a file on disk, sent in pieces and closed when sent."""
    file = TemporaryFile()
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    size = file.seek(0, 2)
    file.seek(0)
    pieces = wrap_file(request.httprequest.environ, file)
    headers = [
        ("Content-Type", mimetype),
        ("Content-Length", str(size)),
        ("Content-Disposition", content_disposition(name)),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "private, no-store"),
    ]
    return Response(pieces, headers=headers, direct_passthrough=True)
