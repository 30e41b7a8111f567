"""A line between the application and PostgreSQL that breaks as it is told.

`python -m tests.faults.proxy PORT SOCKET DROP DELAY RESET SEED`

DROP: the part of COMMITs whose answer is cut off together with the connection. DELAY: the part of packets that wait 200 ms. RESET: the
part of packets at which the connection is cut. Says `cut`, `late`, `reset` on standard output for each. SIGSTOP makes a black hole of it.
"""

import asyncio
import random
import sys

COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"


class Line:
    """One connection through the proxy."""

    def __init__(self, drop: float, delay: float, reset: float) -> None:
        self.drop, self.delay, self.reset = drop, delay, reset

    def is_cut(self, packet: bytes) -> bool:
        if COMMITTED in packet and random.random() < self.drop:
            print("cut", flush=True)
            return True
        if random.random() < self.reset:
            print("reset", flush=True)
            return True
        return False

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, other: asyncio.StreamWriter) -> None:
        try:
            while packet := await source.read(65536):
                if self.is_cut(packet):
                    break
                if random.random() < self.delay:
                    print("late", flush=True)
                    await asyncio.sleep(0.2)
                target.write(packet)
                await target.drain()
        except OSError:
            pass
        target.transport.abort()
        other.transport.abort()


async def serve(port: int, path: str, *odds: float) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_unix_connection(path)
        except OSError:
            writer.transport.abort()
            return
        line = Line(*odds)
        await asyncio.gather(line.carry(reader, back, writer), line.carry(there, writer, back))

    await (await asyncio.start_server(accept, "127.0.0.1", port)).serve_forever()


if __name__ == "__main__":
    random.seed(sys.argv[6])
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], *map(float, sys.argv[3:6])))
