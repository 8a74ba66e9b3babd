"""Progress notices of a job that a charger does after it answered: firmware, diagnostics, logs."""

from flask_babel import lazy_gettext as _l

from wcc.models import Operation
from wcc.operations.declared import Follow, sent_of
from wcc.operations.story import Scene, Step

# Status → words, icon, tone, and whether nothing comes after it. "Idle" tells nothing about a job.
WORDS: dict[str, tuple[str, str, str, bool]] = {
    "DownloadScheduled": (_l("It will download the firmware later"), "calendar", "reserved", False),
    "DownloadPaused": (_l("The download pauses"), "player-pause", "susp", False),
    "Downloading": (_l("It downloads the firmware"), "download", "info", False),
    "Downloaded": (_l("The firmware is downloaded"), "check", "avail", False),
    "DownloadFailed": (_l("The download failed: can the charger reach the address?"), "x", "fault", True),
    "SignatureVerified": (_l("The signature is genuine"), "check", "avail", False),
    "InvalidSignature": (_l("The signature does not fit the firmware: nothing is installed"), "x", "fault", True),
    "InstallScheduled": (_l("It will install the firmware later"), "calendar", "reserved", False),
    "Installing": (_l("It installs the firmware"), "refresh", "info", False),
    "InstallRebooting": (_l("It restarts to install the firmware"), "refresh", "info", False),
    "InstallVerificationFailed": (_l("The firmware did not pass the check before installing"), "x", "fault", True),
    "InstallationFailed": (_l("The installation failed"), "x", "fault", True),
    "Installed": (_l("The firmware is installed"), "check", "avail", True),
    "Uploading": (_l("It uploads the file"), "upload", "info", False),
    "Uploaded": (_l("The file is uploaded"), "check", "avail", True),
    "UploadFailed": (_l("The upload failed: can the charger reach the address?"), "x", "fault", True),
    "UploadFailure": (_l("The upload failed: can the charger reach the address?"), "x", "fault", True),
    "BadMessage": (_l("It did not understand the request"), "x", "fault", True),
    "NotSupportedOperation": (_l("It cannot do this"), "x", "fault", True),
    "PermissionDenied": (_l("The server at that address let it put nothing there"), "x", "fault", True),
}


def follow(kind: str) -> Follow:
    """Tells the notices of this OCPP action that came since, up to the one that ends the job."""

    def told(operation: Operation, scene: Scene) -> tuple[list[Step], bool]:
        wanted = sent_of(operation).get("requestId")
        steps: list[Step] = []
        for notice in scene.notices:
            if notice.kind != kind or notice.name == "Idle" or (wanted and notice.request_id not in (None, wanted)):
                continue
            words, icon, tone, last = WORDS.get(notice.name, (notice.name, "clock", "info", False))
            steps.append(Step(str(words), icon=icon, tone=tone, at=notice.at))
            if last:
                return steps, True
        return steps, False

    return told
