"""Operations through the API: the real server, a real worker, and a charger of the `ocpp` package on a real websocket."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest
from ocpp.exceptions import NotSupportedError
from ocpp.routing import on
from ocpp.v16 import ChargePoint as OcppChargePoint
from ocpp.v16 import call_result
from rq import Worker
from sqlalchemy import Engine
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.operations.test_processes import until
from tests.people import World, add, fill, put
from tests.serving import Server
from wcc.bus import connect as connect_redis
from wcc.clock import utcnow
from wcc.lifeline import tied
from wcc.models import ApiToken, AuthorizationTag, ChargePoint
from wcc.users import tokens

WITHIN_S = 40


class Charger(OcppChargePoint):
    """A charger that does what it is asked, but not everything."""

    @on("Reset")
    async def reset(self, **payload: Any) -> call_result.Reset:
        return call_result.Reset(status="Accepted")

    @on("GetConfiguration")
    async def configuration(self, **payload: Any) -> call_result.GetConfiguration:
        keys = [{"key": "AuthorizationKey", "readonly": False, "value": "the charger's word"}, {"key": "X", "readonly": True, "value": "1"}]
        return call_result.GetConfiguration(configuration_key=keys)

    @on("ClearCache")
    async def clear_cache(self, **payload: Any) -> call_result.ClearCache:
        raise NotSupportedError("there is none")

    @on("UnlockConnector")
    async def never(self, **payload: Any) -> call_result.UnlockConnector:
        await asyncio.Event().wait()
        raise AssertionError


@contextmanager
def connected(server: Server, identity: str) -> Iterator[None]:
    """A charger that is connected for a block, in a thread of its own."""
    ready, loop = threading.Event(), asyncio.new_event_loop()

    async def run() -> None:
        async with connect(f"{server.url}/{identity}", subprotocols=[Subprotocol("ocpp1.6")]) as socket:
            ready.set()
            await Charger(identity, socket).start()

    def serve() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass

    task = loop.create_task(run())
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(WITHIN_S)
        until(lambda: server.sql("SELECT 1 FROM charge_point WHERE identity = :name AND online", name=identity), "it is online")
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(WITHIN_S)
        loop.close()


@dataclass
class Site:
    """The server with a worker behind it, and alice's token."""

    server: Server
    word: str
    world: World
    answers: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any], dict[str, str]]:
        """(status, JSON, headers) of a request."""
        headers = {"Authorization": f"Bearer {self.word}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.server.web}/api/v1{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                return answer.status, json.load(answer), dict(answer.headers)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error), dict(error.headers)

    def send(
        self, kind: str, payload: dict[str, Any], wait_s: float, identity: str = "ALICE-1"
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Ask the charger for something."""
        return self.call("POST", f"/charge-points/{identity}/operations", {"kind": kind, "payload": payload, "wait_s": wait_s})


@pytest.fixture
def site(both_databases: str, own_server: Any, engine: Engine) -> Iterator[Site]:
    world = fill(engine)
    server = own_server(WCC_CALL_TIMEOUT_S="5")
    word = tokens.PREFIX + "w" * 64
    columns = {"organization_id": world.organizations["A"], "user_id": world.users["alice"], "name": "test", "hint": word[:9]}
    until_when = utcnow().replace(year=2099)
    add(engine, ApiToken, **columns, hash=tokens._hash(word), scopes="read operate", expires_at=until_when)
    worker = subprocess.Popen(
        [sys.executable, "-m", "wcc.cli", "worker", "operations"],
        env={**os.environ, **server.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=tied(),
    )
    redis = connect_redis(server.environment["REDIS_URL"])
    until(lambda: any(each.pid == worker.pid for each in Worker.all(connection=redis)), "the worker works")
    yield Site(server, word, world)
    worker.terminate()
    worker.wait(WITHIN_S)


def test_operations_through_the_api(site: Site, engine: Engine) -> None:
    with connected(site.server, "ALICE-1"):
        status, told, _headers = site.send("Reset", {"type": "Soft"}, 30)
        assert (status, told["state"], told["status"], told["reply"]) == (200, "answered", "Accepted", {"status": "Accepted"})
        assert told["kind"] == "Reset" and told["session"] is None and told["answered_at"]

        status, told, headers = site.send("Reset", {"type": "Hard"}, 0)
        assert (status, headers["Location"]) == (202, f"/api/v1/operations/{told['id']}")
        until(lambda: site.call("GET", f"/operations/{told['id']}")[1]["state"] == "answered", "it is answered")

        status, told, _headers = site.send("GetConfiguration", {}, 30)
        keys = {each["key"]: each["value"] for each in told["reply"]["configurationKey"]}
        assert (status, told["state"], told["status"], keys) == (200, "answered", None, {"AuthorizationKey": "…", "X": "1"})

        status, told, _headers = site.send("ClearCache", {}, 30)
        assert (status, told["state"]) == (200, "refused") and "there is none" in told["error"]

        started = monotonic()
        status, told, headers = site.send("UnlockConnector", {"connectorId": 1}, 0.5)
        assert status == 202 and told["state"] in ("pending", "sent") and 0.4 < monotonic() - started < 4
        until(lambda: site.call("GET", f"/operations/{told['id']}")[1]["state"] == "no_answer", "it was silent")
        status, told, _headers = site.send("UnlockConnector", {"connectorId": 1}, 30)
        assert (status, told["state"]) == (200, "no_answer")  # over at its deadline, before the wait

        assert site.send("Reset", {"type": "Firm"}, 0)[0] == 422
        assert site.send("Heartbeat", {}, 0)[0] == 400
        assert site.send("Reset", {"type": "Soft"}, 61)[0] == 400
    status, told, _headers = site.send("Reset", {"type": "Soft"}, 30, identity="BOBS-1")
    assert (status, told["state"], told["reply"]) == (200, "offline", None)
    assert "Traceback" not in site.server.log_text()


def test_many_that_wait_hold_neither_the_loop_nor_the_database(site: Site) -> None:
    """More requests wait than there are connections, while others are answered."""
    with connected(site.server, "ALICE-1"):
        got: list[tuple[int, str]] = []

        def wait() -> None:
            status, told, _headers = site.send("UnlockConnector", {"connectorId": 1}, 30)
            got.append((status, told["state"]))

        waiting = [threading.Thread(target=wait) for _ in range(20)]
        for thread in waiting:
            thread.start()
        until(lambda: site.server.sql("SELECT count(*) FROM operation")[0][0] == 20, "all wait")
        started = monotonic()
        assert site.call("GET", "/charge-points")[0] == 200
        assert monotonic() - started < 2
        for thread in waiting:
            thread.join(WITHIN_S)
        assert len(got) == 20 and {status for status, _state in got} == {200}


def test_a_session_that_a_start_led_to_stands_on_the_operation(site: Site, engine: Engine) -> None:
    add(engine, AuthorizationTag, organization_id=site.world.organizations["A"], tag="VT-9", folded="vt-9", virtual=True)
    put(engine, ChargePoint.__table__.update().values(free_charging=False))

    async def charge(number: str) -> int:
        async with connect(f"{site.server.url}/ALICE-1", subprotocols=[Subprotocol("ocpp1.6")]) as socket:
            loop = asyncio.get_running_loop()
            online = "SELECT 1 FROM charge_point WHERE identity = 'ALICE-1' AND online"
            await loop.run_in_executor(None, until, lambda: site.server.sql(online), "it is online")
            asked = loop.run_in_executor(None, site.send, "RemoteStartTransaction", {"connectorId": 1, "idTag": "VT-9"}, 30.0)
            call = json.loads(await asyncio.wait_for(socket.recv(), WITHIN_S))
            assert call[2:] == ["RemoteStartTransaction", {"connectorId": 1, "idTag": "VT-9"}]
            await socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
            status, told, _headers = await asked
            assert (status, told["status"]) == (200, "Accepted")
            now = f"{utcnow():%Y-%m-%dT%H:%M:%SZ}"
            start = {"connectorId": 1, "idTag": "VT-9", "meterStart": 0, "timestamp": now}
            await socket.send(json.dumps([2, number, "StartTransaction", start]))
            reply = json.loads(await asyncio.wait_for(socket.recv(), WITHIN_S))
            found = await loop.run_in_executor(
                None, until, lambda: site.call("GET", f"/operations/{told['id']}")[1]["session"], "it is linked"
            )
            assert found == reply[2]["transactionId"]
            return int(found)

    number = asyncio.run(charge("s-1"))
    assert site.call("GET", f"/sessions/{number}")[1]["tag"] == "VT-9"


def test_the_command_line_sends_and_waits_too(site: Site) -> None:
    def wcc(*words: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, **site.server.environment}
        return subprocess.run([sys.executable, "-m", "wcc.cli", *words], env=environment, capture_output=True, text=True, timeout=90)

    with connected(site.server, "ALICE-1"):
        ended = wcc("operation", "send", "ALICE-1", "Reset", '{"type": "Soft"}', "--wait", "30")
        assert ended.returncode == 0, ended.stderr
        told = json.loads(ended.stdout)
        assert (told["state"], told["reply"], told["kind"]) == ("answered", {"status": "Accepted"}, "Reset")
        ended = wcc("operation", "send", "ALICE-1", "UnlockConnector", '{"connectorId": 1}', "--wait", "30")
        assert (ended.returncode, json.loads(ended.stdout)["state"]) == (1, "no_answer")
    for words, word in (
        (("NOBODY", "Reset", '{"type": "Soft"}'), "NOBODY"),
        (("ALICE-1", "Reset", "{"), "JSON"),
        (("ALICE-1", "Reset", "[]"), "object"),
        (("ALICE-1", "Reset", "{}"), "type"),
        (("ALICE-1", "Heartbeat"), "Heartbeat"),
    ):
        ended = wcc("operation", "send", *words)
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1) and word in ended.stderr, ended.stderr
