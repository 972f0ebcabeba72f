"""A mail server on this machine that keeps what it is given."""

import socket
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller


class Mailbox:
    """Listens for SMTP on a free port from :meth:`start` to :meth:`stop`."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.sessions: set[int] = set()
        self.host = "127.0.0.1"
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = probe.getsockname()[1]
        self._controller = Controller(self, hostname=self.host, port=self.port)
        self.start = self._controller.start
        self.stop = self._controller.stop

    async def handle_DATA(self, server, session, envelope) -> str:
        """Called by aiosmtpd for each message."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 OK"

    def collect(self) -> list[EmailMessage]:
        """What has arrived since the last call."""
        arrived, self.messages = self.messages, []
        return arrived
