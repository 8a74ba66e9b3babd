"""Which file takes which message."""

from typing import Any

from wcc.ocpp.messages import (
    authorize,
    boot_notification,
    data_transfer,
    diagnostics_status_notification,
    firmware_status_notification,
    heartbeat,
    log_status_notification,
    meter_values,
    security_event_notification,
    sign_certificate,
    signed_firmware_status_notification,
    start_transaction,
    status_notification,
    stop_transaction,
)

BY_ACTION: dict[str, Any] = {
    message.ACTION: message
    for message in (
        authorize,
        boot_notification,
        data_transfer,
        diagnostics_status_notification,
        firmware_status_notification,
        heartbeat,
        log_status_notification,
        meter_values,
        security_event_notification,
        sign_certificate,
        signed_firmware_status_notification,
        start_transaction,
        status_notification,
        stop_transaction,
    )
}
