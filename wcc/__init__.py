"""WCC: an open charging-station portal with an OCPP 1.6J central system behind it."""
