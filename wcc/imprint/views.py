"""The imprint: site host data and contact, from this installation's settings, signed in or not (R1.6b)."""

from flask import Blueprint, current_app, render_template

from wcc import ui
from wcc.access import may_administer

pages = Blueprint("imprint", __name__)

FIELDS = ("name", "street", "postal_code", "town", "country", "email", "website")


@pages.get("/imprint")
def index() -> str:
    settings = current_app.config["SETTINGS"]
    host = {field: getattr(settings, f"imprint_{field}").strip() for field in FIELDS}
    missing = [f"IMPRINT_{field.upper()}" for field, value in host.items() if not value]
    told = ui.signed_in() and may_administer(ui.me())
    return render_template("imprint/index.html", host=host, missing=missing if told else [])
