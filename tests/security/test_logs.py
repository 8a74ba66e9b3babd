"""No secret stands in what the processes log, however much they are told to log, while people and chargers use every one of them."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from tests.ocpp import rawsocket
from tests.people import PASSWORD, World
from tests.serving import Server
from wcc.lifeline import tied

FRESH, CHOSEN, WRONG = "seven quiet lighthouses", "three loud submarines", "wr0ng-guess-of-somebody"
STATION = "typed-into-a-charger"
PATIENCE_S = 60


class Visitor:
    """Somebody with a browser, without its looks: cookies, forms and their tokens."""

    def __init__(self, server: Server) -> None:
        self.server, self.cookies = server, CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        """A page, also an error's."""
        return self._open(Request(self.server.web + path))

    def post(self, path: str, **form: str) -> str:
        """Send a form with the token of a page that this browser was given."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/sign-in") + self.get("/statuses"))
        assert token
        data = urlencode(form | {"csrf_token": token[1]}).encode()
        return self._open(Request(self.server.web + path, data=data))

    def _open(self, request: Request) -> str:
        try:
            with self.opener.open(request, timeout=30) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            return error.read().decode()

    @property
    def cookie(self) -> str:
        """What the browser keeps of its sign-in."""
        return next(cookie.value or "" for cookie in self.cookies if cookie.name == "wcc")


@pytest.fixture
def server(own_server: Callable[..., Server], world: World) -> Server:
    """A web process that logs all that it can."""
    return own_server(WCC_LOG_LEVEL="DEBUG", WCC_OUTBOX="1", WCC_PUBLIC_URL="")


@pytest.fixture
def worker_log(server: Server, tmp_path: Path) -> Iterator[Path]:
    """What a real worker of that installation logs."""
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "wcc.cli", "worker", "default"]
    with log.open("wb") as out, subprocess.Popen(command, env=server.environment, stdout=out, stderr=out, preexec_fn=tied()) as running:
        yield log
        running.terminate()


def mailed(server: Server, room: str) -> str:
    """The word of the link in the mail that comes to the outbox."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for mail in (server.folder / "outbox").glob("*.eml"):
            text = mail.read_text().replace("=\n", "").replace("=3D", "=")
            if found := re.search(rf"/{room}/([\w=-]+)", text):
                return found[1]
        time.sleep(0.1)
    raise AssertionError(f"no mail with a link to {room} came")


def test_no_secret_stands_in_the_logs(server: Server, worker_log: Path) -> None:
    alice = Visitor(server)
    alice.post("/sign-in", email="alice@example.org", password=WRONG)
    alice.post("/sign-in", email="alice@example.org", password=PASSWORD)
    assert "Alice Test" in alice.get("/")
    stolen = alice.cookie
    assert STATION in alice.post("/charge-points/add", identity="LOGGED-1", password=STATION)
    assert STATION in alice.post("/charge-points/LOGGED-1/password")
    with rawsocket.connect(server.port, "LOGGED-1", STATION) as charger:
        assert charger.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        charger.call("DataTransfer", {"vendorId": "x", "data": f"AuthorizationKey={STATION}"})
        charger.send_frame(f'[2,"3","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{STATION}"}}]'.encode())
        assert charger.read_message()[0] == 4
        for broken in ('[3,"4",{"key":"AuthorizationKey","value":"%s"', "AuthorizationKey: %s", '{"AuthorizationKey":"%s"'):
            charger.send_frame((broken % STATION).encode())
        charger.call("Heartbeat", {})
    with rawsocket.RawSocket(server.port) as guesser:
        headers = rawsocket.upgrade_headers(rawsocket.basic("LOGGED-1", WRONG))
        assert guesser.request("/ocpp/LOGGED-1", headers).status == 401
    made = re.search(r'id="type-password" value="(\w{20})"', alice.post("/charge-points/LOGGED-1/new-password"))
    assert made
    alice.post("/users/add", email="dora@example.org", role="user")
    invitation = mailed(server, "welcome")
    dora = Visitor(server)
    assert "choose your password" in dora.get(f"/welcome/{invitation}")
    assert "Your password is set" in dora.post(f"/welcome/{invitation}", password=CHOSEN, again=CHOSEN)
    alice.post("/account/password", current=WRONG, password=WRONG, again=WRONG)
    bob = Visitor(server)
    bob.post("/forgot-password", email="bob@example.org")
    reset = mailed(server, "forgot-password")
    assert "Your password is set" in bob.post(f"/forgot-password/{reset}", password=FRESH, again=FRESH)
    for path in (f"/forgot-password/{reset}", f"/welcome/{invitation}", f"/welcome/{invitation}%00"):
        bob.get(path)  # over, or malformed
    server.stop()
    said = server.log_text() + worker_log.read_text()
    assert "listening" in said and "LOGGED-1" in said and "invitation sent" in said  # the logs are those of what was done
    secrets = {PASSWORD, FRESH, CHOSEN, WRONG, STATION, made[1], invitation, reset, stolen}
    secrets |= {rawsocket.basic("LOGGED-1", password).split()[1] for password in (STATION, WRONG)}
    secrets |= {"csrf_token=", "AuthorizationKey="}
    assert [line for line in said.splitlines() if any(secret in line for secret in secrets)] == []
