"""Tables, and nothing but tables. Times are `UtcMs`; energy in Wh, power in W; every row names its organization."""

from wcc.models.api_token import ApiToken
from wcc.models.audit import AuditEntry
from wcc.models.chargepoint import ChargePoint
from wcc.models.connector import Connector, StatusChange
from wcc.models.event import ChargerEvent, Quarantine
from wcc.models.group import Group, GroupChargePoint, GroupUser, Share
from wcc.models.message import ConnectionAttempt, LoggedMessage
from wcc.models.meter import ConnectorSample, MeterSample
from wcc.models.operation import Operation
from wcc.models.organization import Organization
from wcc.models.privacy import BrowserError, PageView
from wcc.models.second_factor import Authenticator, Passkey, RecoveryCode
from wcc.models.session import ChargingSession, OrphanStop
from wcc.models.tag import AuthorizationTag
from wcc.models.user import SignIn, User

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Authenticator",
    "AuthorizationTag",
    "BrowserError",
    "ChargePoint",
    "ChargerEvent",
    "ChargingSession",
    "ConnectionAttempt",
    "Connector",
    "ConnectorSample",
    "Group",
    "GroupChargePoint",
    "GroupUser",
    "LoggedMessage",
    "MeterSample",
    "Operation",
    "Organization",
    "OrphanStop",
    "PageView",
    "Passkey",
    "Quarantine",
    "RecoveryCode",
    "Share",
    "SignIn",
    "StatusChange",
    "User",
]
