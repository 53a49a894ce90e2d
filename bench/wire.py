"""A transport for httpx that costs little: the people of a bench share the machine with what they measure.

httpx's own one spends several times as much on a request. This one speaks just enough HTTP/1.1 for our own server: kept
connections, bodies of a known length.
"""

from __future__ import annotations

import asyncio

import httpx

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class LeanTransport(httpx.AsyncBaseTransport):
    """One server on this machine, up to `most` requests at a time."""

    def __init__(self, most: int) -> None:
        self._places = asyncio.Semaphore(most)
        self._idle: list[Connection] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with self._places:
            connection = self._kept() or await _connect(request.url)
            try:
                response = await _exchange(connection, request)
            except BaseException:
                connection[1].close()
                raise
            self._idle.append(connection)
            return response

    def _kept(self) -> Connection | None:
        """A connection that the server has not closed meanwhile."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def aclose(self) -> None:
        for _, writer in self._idle:
            writer.close()


async def _connect(url: httpx.URL) -> Connection:
    try:
        return await asyncio.open_connection(url.host, url.port)
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error


async def _exchange(connection: Connection, request: httpx.Request) -> httpx.Response:
    reader, writer = connection
    head = [f"{request.method} {request.url.raw_path.decode()} HTTP/1.1".encode()]
    head += [name + b": " + value for name, value in request.headers.raw]
    writer.write(b"\r\n".join(head) + b"\r\n\r\n" + request.content)
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[:-2]
        headers = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines[1:])]
        length = next((int(value) for name, value in headers if name.lower() == b"content-length"), 0)
        body = await reader.readexactly(length)
    except (OSError, asyncio.IncompleteReadError) as error:
        raise httpx.ReadError(str(error)) from error
    return httpx.Response(int(lines[0].split(b" ")[1]), headers=headers, content=body, request=request)
