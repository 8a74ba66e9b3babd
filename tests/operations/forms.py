"""A form that can be executed for every operation that is declared, and what is then sent."""

from typing import Any

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
AT, SENT_AT = "2026-03-01T09:30", "2026-03-01T08:30:00.000Z"  # Amsterdam's winter

# By name: the fields beside the station, and the payload. `TAG` and `SESSION` stand for the test's own.
FORMS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "unlock_connector": ({"connector": "99"}, {"connectorId": 99}),  # a connector that the charger does not know: case 031
    "clear_cache": ({}, {}),
    "get_configuration": ({"keys": "HeartbeatInterval, A\r\nA\nb"}, {"key": ["HeartbeatInterval", "A", "b"]}),
    "change_configuration": ({"key": "MeterValueSampleInterval", "value": "60"}, {"key": "MeterValueSampleInterval", "value": "60"}),
    "trigger_message": (
        {"requestedMessage": "MeterValues", "connector": "1"},
        {"requestedMessage": "MeterValues", "connectorId": 1},
    ),
    "extended_trigger_message": (
        {"requestedMessage": "SignChargePointCertificate", "connector": ""},
        {"requestedMessage": "SignChargePointCertificate"},
    ),
    "data_transfer": ({"vendorId": "Webasto", "messageId": "", "data": '{"a": 1}'}, {"vendorId": "Webasto", "data": '{"a": 1}'}),
    "reserve_now": (
        {"connector": "0", "expiryDate": AT, "tag": "TAG", "parentIdTag": "GROUP-1", "reservationId": "7"},
        {"connectorId": 0, "expiryDate": SENT_AT, "idTag": "VT-1", "parentIdTag": "GROUP-1", "reservationId": 7},
    ),
    "cancel_reservation": ({"reservationId": "7"}, {"reservationId": 7}),
    "get_local_list_version": ({}, {}),
    "send_local_list": (
        {"updateType": "Differential", "listVersion": "3", "tags": "04A1;Blocked\n04A2;;GROUP-1\n04A3;delete\n"},
        {
            "listVersion": 3,
            "updateType": "Differential",
            "localAuthorizationList": [
                {"idTag": "04A1", "idTagInfo": {"status": "Blocked"}},
                {"idTag": "04A2", "idTagInfo": {"status": "Accepted", "parentIdTag": "GROUP-1"}},
                {"idTag": "04A3"},
            ],
        },
    ),
    "set_charging_profile": (
        {
            "connector": "0", "chargingProfilePurpose": "TxDefaultProfile", "session": "", "chargingProfileId": "4", "stackLevel": "0",
            "chargingProfileKind": "Absolute", "recurrencyKind": "", "startSchedule": AT, "validFrom": AT, "validTo": "2026-03-02T09:30",
            "duration": "86400", "chargingRateUnit": "A", "minChargingRate": "", "periods": "0 6\n3600 16.1 3",
        },
        {
            "connectorId": 0,
            "csChargingProfiles": {
                "chargingProfileId": 4,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Absolute",
                "validFrom": SENT_AT,
                "validTo": "2026-03-02T08:30:00.000Z",
                "chargingSchedule": {
                    "duration": 86400,
                    "startSchedule": SENT_AT,
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [
                        {"startPeriod": 0, "limit": 6.0},
                        {"startPeriod": 3600, "limit": 16.1, "numberPhases": 3},
                    ],
                },
            },
        },
    ),
    "clear_charging_profile": ({"profile": "", "connector": "", "chargingProfilePurpose": "", "stackLevel": ""}, {}),  # case 067
    "get_composite_schedule": (
        {"connector": "0", "duration": "3600", "chargingRateUnit": "W"},
        {"connectorId": 0, "duration": 3600, "chargingRateUnit": "W"},
    ),
    "update_firmware": (
        {"location": "ftp://files.example.org/next.bin", "retrieveDate": AT, "retries": "3", "retryInterval": ""},
        {"location": "ftp://files.example.org/next.bin", "retrieveDate": SENT_AT, "retries": 3},
    ),
    "get_diagnostics": (
        {"location": "https://files.example.org/", "startTime": AT, "stopTime": "", "retries": "", "retryInterval": ""},
        {"location": "https://files.example.org/", "startTime": SENT_AT},
    ),
    "get_log": (
        {"logType": "SecurityLog", "requestId": "5", "remoteLocation": "https://files.example.org/in", "oldestTimestamp": AT},
        {
            "logType": "SecurityLog",
            "requestId": 5,
            "log": {"remoteLocation": "https://files.example.org/in", "oldestTimestamp": SENT_AT},
        },
    ),
    "certificate_signed": ({"certificateChain": PEM.replace("\n", "\r\n")}, {"certificateChain": PEM}),
    "install_certificate": (
        {"certificateType": "ManufacturerRootCertificate", "certificate": PEM},
        {"certificateType": "ManufacturerRootCertificate", "certificate": PEM},
    ),
    "get_installed_certificate_ids": (
        {"certificateType": "CentralSystemRootCertificate"},
        {"certificateType": "CentralSystemRootCertificate"},
    ),
    "delete_certificate": (
        {"hashAlgorithm": "SHA384", "issuerNameHash": "aB12", "issuerKeyHash": "cd", "serialNumber": "01"},
        {"certificateHashData": {"hashAlgorithm": "SHA384", "issuerNameHash": "aB12", "issuerKeyHash": "cd", "serialNumber": "01"}},
    ),
    "signed_update_firmware": (
        {
            "requestId": "6", "location": "https://files.example.org/next.bin", "retrieveDateTime": AT, "installDateTime": "",
            "signingCertificate": PEM, "signature": "QUJD\nREVG",
        },
        {
            "requestId": 6,
            "firmware": {
                "location": "https://files.example.org/next.bin",
                "retrieveDateTime": SENT_AT,
                "signingCertificate": PEM,
                "signature": "QUJDREVG",
            },
        },
    ),
}  # fmt: skip
