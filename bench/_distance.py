"""A server further away: a door on this machine through which everything takes its time."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from urllib.parse import urlsplit

MOST = 65_536


@contextmanager
def further_away(address: str, milliseconds: float) -> Iterator[str]:
    """Yield an address that leads to a server with so much delay added, half of it each way.

    Opening a connection costs nothing more; what is sent on it arrives later, in its order, and
    as much at once as was sent at once: a long line, not a narrow one.
    """
    if not milliseconds:
        yield address
        return
    door: Queue[tuple[str, Callable[[], object]]] = Queue()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(address, milliseconds, door)))
    thread.start()
    nearer, close = door.get(timeout=10)
    yield nearer
    close()
    thread.join(10)


async def _serve(
    address: str, milliseconds: float, door: Queue[tuple[str, Callable[[], object]]]
) -> None:
    """Open the door, tell where it is and how it is closed, and stand there until then."""
    there, closed = urlsplit(address), asyncio.Event()
    each_way = milliseconds / 2000

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cut off when the door closes, and nobody is there to be told.
        with contextlib.suppress(asyncio.CancelledError):
            back, on = await asyncio.open_connection(there.hostname, there.port)
            await asyncio.gather(_pass(reader, on, each_way), _pass(back, writer, each_way))

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    close = functools.partial(asyncio.get_running_loop().call_soon_threadsafe, closed.set)
    door.put((f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", close))
    await closed.wait()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Hand on what comes, each piece `delay` seconds later; end when it ends."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def hand_on() -> None:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - loop.time())
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
        writer.close()

    task = loop.create_task(hand_on())
    with contextlib.suppress(OSError):
        while piece := await reader.read(MOST):
            pieces.put_nowait((loop.time() + delay, piece))
    pieces.put_nowait((loop.time() + delay, b""))
    with contextlib.suppress(OSError):
        await task
