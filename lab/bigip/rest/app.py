# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge to HTTP: Starlette takes requests, uvicorn the sockets and TLS."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from bigip.interface import Device
from bigip.rest.gate import Dropped, answer
from bigip.rest.message import Call, Reply

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
_transports: dict[Any, asyncio.Transport] = {}


class Protocol(H11Protocol):
    """Remembers its transport by the client's address, so that a fault can cut the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _transports.pop(self.client, None)
        super().connection_lost(exc)


def application(device: Device) -> Starlette:
    async def endpoint(request: Request) -> Response:
        client = request.client
        call = Call(
            request.method,
            request.scope["raw_path"].decode("ascii", "replace"),
            dict(request.query_params),
            {name.lower(): value for name, value in request.headers.items()},
            await request.body(),
            client.host if client else "Unknown",
        )
        try:
            return _response(await run_in_threadpool(answer, device, call), call.method)
        except Dropped:
            transport = _transports.get((client.host, client.port) if client else None)
            if transport is not None:
                transport.abort()
            return Response(status_code=500)

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])


def _response(reply: Reply, method: str) -> Response:
    headers = {"Server": "Jetty(9.2.22.v20170606)", **reply.headers}
    if reply.html:
        return HTMLResponse(reply.body, reply.status, headers)
    if reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    return JSONResponse(reply.body, reply.status, headers)


class Server(uvicorn.Server):
    """A server that says where it listens: port 0 takes a free one."""

    @property
    def port(self) -> int:
        return self.servers[0].sockets[0].getsockname()[1]


def server(device: Device, kind: type[Server] = Server) -> Server:
    settings = device.settings
    logging.getLogger("uvicorn.access").disabled = True
    return kind(
        uvicorn.Config(
            application(device),
            host=settings.address,
            port=settings.port,
            http=Protocol,
            lifespan="off",
            ssl_certfile=str(settings.certificate),
            ssl_keyfile=str(settings.key),
            log_level="warning",
            timeout_graceful_shutdown=2,
            server_header=False,
        )
    )
