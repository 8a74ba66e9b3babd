"""X-Forwarded-* headers: believed from named proxies and from nobody else; HSTS and Secure cookies behind TLS."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from tests.people import PASSWORD
from wcc.models import SignIn
from wcc.proxies import named

ALICE = {"email": "alice@example.org", "password": PASSWORD}
PROXY, CLIENT, SPOOFED = "192.0.2.1", "198.51.100.7", "203.0.113.9"
Portal = Callable[..., Flask]


def came_from(engine: Engine) -> str | None:
    """Address of the last sign-in."""
    with engine.connect() as conn:
        return conn.scalar(select(SignIn.address).order_by(SignIn.created_at.desc()).limit(1))


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"{SPOOFED}, {CLIENT}", CLIENT),  # what the client itself wrote before it
        (PROXY, f"{SPOOFED}, {CLIENT}, 10.1.2.3", CLIENT),  # two named proxies in a row
        (PROXY, "10.1.2.3", "10.1.2.3"),  # a proxy that asks by itself
        (f"::ffff:{PROXY}", CLIENT, CLIENT),
        (PROXY, "", PROXY),
        (CLIENT, SPOOFED, CLIENT),
        (CLIENT, f"{SPOOFED}, {PROXY}", CLIENT),
        (CLIENT, PROXY, CLIENT),
    ],
)
def test_a_sign_in_comes_from_where_a_named_proxy_says_else_from_its_peer(
    portal: Portal, engine: Engine, peer: str, told: str, address: str
) -> None:
    client = portal(trusted_proxies=f"{PROXY}, 10.0.0.0/8").test_client()
    headers = {"X-Forwarded-For": told} if told else {}
    assert client.post("/sign-in", data=ALICE, headers=headers, environ_base={"REMOTE_ADDR": peer}).status_code == 302
    assert came_from(engine) == address


def test_without_a_named_proxy_no_header_is_believed(portal: Portal, engine: Engine) -> None:
    client = portal().test_client()
    headers = {"X-Forwarded-For": SPOOFED, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "Forwarded": f"for={SPOOFED}"}
    answer = client.post("/sign-in", data=ALICE, headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert came_from(engine) == "127.0.0.1"
    assert "Strict-Transport-Security" not in answer.headers
    assert "evil.example" not in client.get("/charge-points/ALICE-1", headers=headers).text


def test_guessing_is_slowed_down_whatever_address_the_guesser_claims(portal: Portal) -> None:
    client = portal(login_attempts="3 per minute", trusted_proxies=PROXY).test_client()
    peer = {"REMOTE_ADDR": "198.51.100.99"}
    answers = [
        client.post("/sign-in", data=ALICE | {"password": "guess"}, headers={"X-Forwarded-For": f"203.0.113.{n}"}, environ_base=peer)
        for n in range(4)
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]


def test_clients_behind_a_named_proxy_are_told_apart(portal: Portal) -> None:
    client = portal(login_attempts="1 per minute", trusted_proxies=PROXY).test_client()
    peer = {"REMOTE_ADDR": PROXY}
    answers = [
        client.post("/sign-in", data=ALICE | {"password": "guess"}, headers={"X-Forwarded-For": address}, environ_base=peer).status_code
        for address in ("198.51.100.21", "198.51.100.22", "198.51.100.21")
    ]
    assert answers == [422, 422, 429]


@pytest.mark.parametrize(("peer", "scheme", "strict"), [(PROXY, "https", True), (PROXY, "http", False), (CLIENT, "https", False)])
def test_browsers_are_bound_to_tls_behind_a_named_proxy_only(portal: Portal, peer: str, scheme: str, strict: bool) -> None:
    client = portal(trusted_proxies=PROXY).test_client()
    headers = {"X-Forwarded-Proto": scheme, "X-Forwarded-For": CLIENT}
    answer = client.get("/sign-in", headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert ("Strict-Transport-Security" in answer.headers) is strict
    if strict:
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("changed", "secure"),
    [
        ({}, False),
        ({"secure_cookies": True}, True),
        ({"public_url": "https://charge.example"}, True),
        ({"public_url": "http://c.example"}, False),
    ],
)
def test_cookies_go_over_tls_only_where_there_is_tls(portal: Portal, changed: dict[str, Any], secure: bool) -> None:
    client = portal(**changed).test_client()
    cookies = [client.post("/sign-in", data=ALICE).headers["Set-Cookie"]]
    cookies.append(client.post("/privacy/", data={"tool": "statistics", "on": "yes"}).headers["Set-Cookie"])
    for cookie in cookies:
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
        assert ("; Secure" in cookie) is secure


@pytest.mark.parametrize("text", ["1", "proxy.example", "10.0.0.0/99", "10.0.0.1/8"])
def test_a_proxy_that_is_no_address_stops_the_start_and_is_named(portal: Portal, text: str) -> None:
    with pytest.raises(SystemExit, match="WCC_TRUSTED_PROXIES"):
        portal(trusted_proxies=text)
    assert len(named(" 10.0.0.0/8, ::1 ,")) == 2
