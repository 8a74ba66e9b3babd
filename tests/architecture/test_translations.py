"""Every language is complete: no text is missing, fuzzy or left over in its catalog, and none loses its placeholders."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from wcc import statuses, ui

ROOT = Path(__file__).parents[2]
CATALOGS = ROOT / "wcc" / "translations"
LANGUAGES = sorted(language for language in ui.LANGUAGES if language != "en")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)s")

# The manual's own words: requirements of the Dutch translation.
MANUAL_NL = {
    "Sign in": "Aanmelden", "Sign out": "Afmelden", "Edit": "Bewerken", "Save": "Opslaan", "Add": "Toevoegen", "Export": "Exporteren",
    "Execute": "Uitvoeren", "Done": "Gereed", "First Name": "Voornaam", "Last Name": "Achternaam", "Language": "Taal",
    "Dashboard": "Dashboard", "ChargePoints": "Laadpunten", "Overview": "Overzicht", "Connectors": "Connectoren",
    "Charging Session": "Laadsessies", "Operations": "Bewerkingen", "Active": "Actief", "Deactive": "Deactief",
    "Remote start charging": "Laden op afstand starten", "Remote stop transaction": "Transactie op afstand stoppen",
    "Reset": "Resetten", "Soft": "Zachte reset", "Hard": "Harde reset", "Change availability": "Beschikbaarheid wijzigen",
    "Operative": "Operationeel", "Inoperative": "Buiten werking", "Select charge point": "Selecteer laadpunt",
    "Selected charge points": "Geselecteerde laadpunten", "Select RFID tag": "Selecteer RFID-tag",
    "Active transaction ID": "ID van de actieve transactie", "Select availability type": "Selecteer beschikbaarheidstype",
    "Available": "Beschikbaar", "Unavailable": "Niet beschikbaar", "Preparing": "Voorbereiden", "Charging": "Opladen",
    "SuspendedEV": "EV opgeschort", "SuspendedEVSE": "EVSE opgeschort", "Finishing": "Afronden", "Reserved": "Gereserveerd",
    "Faulted": "Defect", "Charging power": "Laadvermogen", "Combined charging power": "Gecombineerd laadvermogen",
    "Other": "Anders", "Private": "Privé", "Business": "Bedrijf", "Charging costs": "Laadkosten", "Error codes": "Foutcodes",
    "Meter values": "Meterwaarden", "Privacy settings": "Privacy-instellingen", "Imprint": "Impressum",
}  # fmt: skip


@pytest.fixture(scope="module")
def texts() -> Catalog:
    """All texts in code and templates, as `make translations` finds them."""
    found = Catalog()
    for file, line, message, comments, context in extract_from_dir(
        ROOT / "wcc", METHODS, {"**.html": {"encoding": "utf-8"}}, keywords=KEYWORDS
    ):
        found.add(message, None, [(file, line)], auto_comments=comments, context=context)
    assert len(found) > 100, "the texts were not found"
    return found


def catalog(language: str) -> Catalog:
    with (CATALOGS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def translations(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def entries(found: Catalog) -> Iterator[Message]:
    return (message for message in found if message.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_or_fuzzy(language: str, texts: Catalog) -> None:
    known = {message.id: message for message in entries(catalog(language))}
    missing = [message.id for message in entries(texts) if message.id not in known]
    empty = [id for id, message in known.items() if not all(translations(message))]
    fuzzy = [id for id, message in known.items() if message.fuzzy]
    assert (missing, empty, fuzzy) == ([], [], []), "run `make translations` and translate what is new"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_over(language: str, texts: Catalog) -> None:
    found, used = catalog(language), {message.id for message in entries(texts)}
    assert [message.id for message in entries(found) if message.id not in used] == []
    assert list(found.obsolete) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    wrong = []
    for message in entries(catalog(language)):
        wanted = set(PLACEHOLDER.findall(message.id[-1] if isinstance(message.id, tuple) else message.id))
        wrong += [message.id for text in translations(message) if set(PLACEHOLDER.findall(text)) != wanted]
    assert wrong == []


def test_the_dutch_words_are_the_manuals() -> None:
    found = catalog("nl")
    assert {english: found[english].string for english in MANUAL_NL if english in found} == MANUAL_NL


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_is_named_and_explained(language: str) -> None:
    found = catalog(language)
    shown = list(statuses.explained())
    assert len(shown) >= 9
    told = {str(text) for status in shown for text in (status.word, status.meaning, status.advice)}
    untold = [text for text in told if text not in found or found[text].string in ("", text)]
    assert set(untold) <= {"Offline", "Online"}  # the same word in several languages


def test_the_languages_of_the_portal_are_these() -> None:
    assert list(ui.LANGUAGES) == ["en", "nl", "de", "fr"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_can_be_compiled(language: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalog(language))
    assert compiled.getvalue()


def test_a_missing_text_would_be_noticed(texts: Catalog) -> None:
    known = {message.id for message in entries(catalog("nl"))}
    texts.add("This sentence has no translation.")
    try:
        assert [message.id for message in entries(texts) if message.id not in known] == ["This sentence has no translation."]
    finally:
        texts.delete("This sentence has no translation.")
