"""The charger's door: OCPP 1.6J over websocket, from the upgrade to the ledger."""
