"""The live page, on this machine alone: one page, one address that answers its requests, nothing else.

Python's own server is enough: the page asks for one picture at a time, so that none waits in a queue, and draws it on
the canvas of the lessons. Nothing is fetched from elsewhere: the page holds its script and its styles, and its policy
(Content-Security-Policy) forbids the rest.

The server listens on 127.0.0.1 only. A random key is in the address of the page and must come back with each request;
the name of the host is checked, so that no other page can reach it under a name of its own.
"""

from __future__ import annotations

import hmac
import json
import math
import os
import struct
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import numpy as np

from sim.errors import InputError
from sim.teaching import live_page, pages
from sim.teaching.live import MOST_MONTHS, Live, Picture, places
from sim.teaching.pack import limits_of

LOOPBACK: Final = "127.0.0.1"
HEADER: Final = "X-Quartiers-Key"
MOST_BYTES: Final = 100_000  # of a request
CHECK_S: Final = 0.5  # between two looks at whether to stop
POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
CHANGES: Final = ("place", "policy", "seed", "money", "parameters", "switches")


class Desk:
    """Answers the requests of the page, one after the other."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.lock = threading.Lock()
        self.history = 1  # rises each time the world starts again
        self.last = time.monotonic()
        self.ended = False

    def answer(self, asked: dict[str, Any]) -> bytes:
        """Do what a request asks and give the picture that follows: length of the header, header (JSON), values.

        A request may hold ``change`` (fields of `Choice`), ``restart``, ``months``, ``layer``, ``areas``, ``map`` (of
        which the page has the shapes), ``end``.

        Raises
        ------
        InputError
            where something is asked that cannot be.
        """
        with self.lock:
            self.last = time.monotonic()
            self._do(asked)
            layer, areas = str(asked.get("layer", "startups")), asked.get("areas") is True
            picture = self.live.picture(layer, areas=areas)
            header = self._header(picture, layer, areas)
            if asked.get("map") != header["map"]:
                header["ground"] = self.live.shapes(areas=areas)
            self.last = time.monotonic()
        return packed(header, picture.values)

    def _do(self, asked: dict[str, Any]) -> None:
        change = asked.get("change")
        if change is not None:
            if not isinstance(change, dict) or set(change) - set(CHANGES):
                raise InputError("change: which of " + ", ".join(CHANGES))
            self.history += self.live.change(**typed(change))
        if asked.get("restart") is True:
            self.live.restart()
            self.history += 1
        months = asked.get("months", 0)
        if type(months) is not int or not 0 <= months <= MOST_MONTHS:
            raise InputError(f"months: from 0 to {MOST_MONTHS}")
        self.live.advance(months)
        self.ended |= asked.get("end") is True

    def _header(self, picture: Picture, layer: str, areas: bool) -> dict[str, Any]:
        choice, scenario = self.live.choice, self.live.choice.scenario
        areas = areas and places()[choice.place].areas
        top = self.live.top.get((layer, areas), 0.0)
        unit = pages.unit_of_layer(layer, areas=areas)
        return {
            "history": self.history, "month": picture.month, "first": scenario.start - 1, "last": scenario.end,
            "numbers": {name: None if math.isnan(v) else v for name, v in picture.numbers.items()},
            "hubs": np.round(picture.hubs).astype(int).tolist(), "ended": picture.ended,
            "limits": limits_of(np.array([top]), doubling=unit in ("count", "rate")), "unit": unit,
            "map": f"{choice.place}/{int(areas)}", "budget": scenario.budget.total_eur / 1e6,
            "choice": {name: getattr(choice, name) for name in CHANGES},
        }  # fmt: skip


def typed(change: dict[str, Any]) -> dict[str, Any]:
    """The changes a page asks for, if each is of its type."""
    number = (int, float)
    kinds: dict[str, Any] = {"place": str, "policy": str, "seed": int, "money": (*number, type(None))}
    for name, value in change.items():
        items = list(value.items()) if name in ("parameters", "switches") and isinstance(value, dict) else None
        kind = number if name == "parameters" else str
        right = all(isinstance(k, str) and isinstance(v, kind) for k, v in items) if items is not None else (
            name in kinds and isinstance(value, kinds[name]) and not isinstance(value, bool))  # fmt: skip
        if not right:
            raise InputError(f"{name}: {value!r} is not of its type")
    return change


def packed(header: dict[str, Any], values: np.ndarray) -> bytes:
    """A picture as the page reads it: 4 bytes, the header filled up to a multiple of four, values in single precision.

    Parameters
    ----------
    values : [places]
    """
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<I", len(text)) + text + np.ascontiguousarray(values, "<f4").tobytes()


class Server(ThreadingHTTPServer):
    """The server of one page."""

    daemon_threads = True

    def __init__(self, live: Live, language: str, port: int = 0) -> None:
        self.desk, self.language, self.key = Desk(live), language, os.urandom(16).hex()
        super().__init__((LOOPBACK, port), Handler)

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/?key={self.key}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that was closed while its picture was under way is nothing to tell of."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def serve(self, idle_minutes: float) -> None:
        """Answer until the page says that it is over, or nobody asked anything for so long."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": CHECK_S}, daemon=True)
        thread.start()
        try:
            while not self.desk.ended and time.monotonic() - self.desk.last < 60.0 * idle_minutes:
                time.sleep(CHECK_S)
        finally:
            self.shutdown()
            self.server_close()
            thread.join(timeout=5.0)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"  # one connection for all pictures
    server_version, sys_version = "Quartiers", ""
    disable_nagle_algorithm = True  # else each picture may wait 40 ms for an acknowledgement
    timeout = 120.0

    def do_GET(self) -> None:
        """The page."""
        asked = urlsplit(self.path)
        key = parse_qs(asked.query).get("key", [""])[0]
        if asked.path == "/favicon.ico":
            self._send(HTTPStatus.NO_CONTENT, b"", "image/x-icon")
        elif asked.path != "/" or not self._ours(key):
            self._refuse(HTTPStatus.FORBIDDEN, "open the address that was printed")
        else:
            page = live_page.render(self.server.language, self.server.key, self.server.desk.live.choice)
            self._send(HTTPStatus.OK, page.encode(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        """A picture."""
        length = self.headers.get("Content-Length", "")
        if self.path != "/picture" or not self._ours(self.headers.get(HEADER, "")):
            self.close_connection = True
            return self._refuse(HTTPStatus.FORBIDDEN, "only the page may ask")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self.close_connection = True
            return self._refuse(HTTPStatus.BAD_REQUEST, "no request")
        try:
            asked = json.loads(self.rfile.read(int(length)))
            if not isinstance(asked, dict):
                raise InputError("a request is an object")
            made = self.server.desk.answer(asked)
        except (InputError, json.JSONDecodeError, UnicodeDecodeError) as error:
            return self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        return self._send(HTTPStatus.OK, made, "application/octet-stream")

    def _ours(self, key: str) -> bool:
        """Whether the request has the key, and came to this machine under its own name."""
        port = self.server.server_address[1]
        hosts = (f"{LOOPBACK}:{port}", f"localhost:{port}")
        return self.headers.get("Host", "") in hosts and hmac.compare_digest(key.encode(), self.server.key.encode())

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._send(status, json.dumps({"error": why}).encode(), "application/json")

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(content))),
                            ("Content-Security-Policy", POLICY), ("Cache-Control", "no-store"),
                            ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a picture a line would bury what matters."""
