"""A mail server of a few lines: what it takes is kept, and what it does depends on the address."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message

GONE, BUSY, BREAKS, HOLDS = "gone@", "busy@", "breaks@", "holds@"


class Mailbox(socketserver.ThreadingTCPServer):
    """Refuses GONE for good and BUSY for now, hangs up on BREAKS, leaves HOLDS waiting once.

    `taken` are the messages it answered 250 for, `held` the addresses it keeps waiting.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Talk)
        self.taken: list[Message] = []
        self.held: list[str] = []
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def addresses(self) -> list[str]:
        return [str(one["To"]) for one in self.taken]


class _Talk(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self._say("220 here")
        to = ""
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
                self._say(_answer(to))
            elif verb == "DATA":
                self._say("354 go on")
                if not self._take(to):
                    return
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, to: str) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if to.startswith(BREAKS):
            return False
        if to.startswith(HOLDS) and to not in self.server.held:
            self.server.held.append(to)
            self.server.over.wait(60)
            return False
        self.server.taken.append(message_from_bytes(b"".join(lines)))
        self._say("250 taken")
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


def _answer(to: str) -> str:
    if to.startswith(GONE):
        return "550 5.1.1 no such user"
    return "450 4.2.1 mailbox busy" if to.startswith(BUSY) else "250 ok"


@contextmanager
def mailbox(port: int = 0) -> Iterator[Mailbox]:
    with Mailbox(port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
