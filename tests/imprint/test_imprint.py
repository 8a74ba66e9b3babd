"""The imprint shows what this installation's settings say, signed in or not (R1.6b)."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from tests.security.conftest import ClientFor
from wcc.config import load

HOST = {
    "imprint_name": "Example Charging <GmbH>",
    "imprint_street": "Ladestraße 1",
    "imprint_postal_code": "12345",
    "imprint_town": "Berlin",
    "imprint_country": "Germany",
    "imprint_email": "post@example.org",
    "imprint_website": "https://example.org",
}


@pytest.fixture
def hosted(app: Flask) -> Flask:
    """The portal of somebody who filled in the imprint."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **HOST)
    return app


def test_everybody_reads_who_hosts_the_portal(hosted: Flask, client_for: ClientFor) -> None:
    for client in (hosted.test_client(), client_for("bob"), client_for("alice")):
        page = client.get("/imprint").text
        for words in ("Example Charging &lt;GmbH&gt;", "Ladestraße 1", "12345 Berlin", "Germany", "mailto:post@example.org"):
            assert words in page
        assert 'href="https://example.org"' in page and "Not set yet" not in page


def test_the_way_there_is_in_the_footer_signed_in_or_not(app: Flask, client_for: ClientFor) -> None:
    for page in (app.test_client().get("/sign-in").text, app.test_client().get("/imprint").text, client_for("bob").get("/").text):
        foot = page[page.index("©") :]
        assert foot.index('href="/imprint"') < 150


def test_what_is_not_set_is_told_to_administrators_only(app: Flask, client_for: ClientFor) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], imprint_name="Example")
    for name in ("alice", "olga"):
        page = client_for(name).get("/imprint").text
        assert "IMPRINT_STREET, IMPRINT_POSTAL_CODE, IMPRINT_TOWN, IMPRINT_COUNTRY, IMPRINT_EMAIL, IMPRINT_WEBSITE" in page
        assert "instance/config.py" in page and "IMPRINT_NAME" not in page and "<dd>Example</dd>" in page
    for client in (app.test_client(), client_for("bob")):
        page = client.get("/imprint").text
        assert "IMPRINT_" not in page and "<dd>Example</dd>" in page and "<dt>Street" not in page


def test_an_empty_imprint_says_so_and_names_nobody_else(app: Flask) -> None:
    page = app.test_client().get("/imprint").text
    assert "No imprint yet" in page and "Webasto" not in page


def test_a_website_that_is_no_address_is_no_link(app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], imprint_website="javascript:alert(1)")
    page = app.test_client().get("/imprint").text
    assert "javascript:alert(1)" in page and 'href="javascript' not in page


def test_it_is_edited_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text('IMPRINT_NAME = "Example"\nIMPRINT_TOWN = "Berlin"\n')
    settings = load({"WCC_INSTANCE": str(tmp_path)})
    assert (settings.imprint_name, settings.imprint_town, settings.imprint_street) == ("Example", "Berlin", "")
