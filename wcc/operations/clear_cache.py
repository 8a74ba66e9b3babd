"""ClearCache: the charger forgets the tags that it remembers from earlier answers."""

from flask_babel import lazy_gettext as _l

from wcc.operations.declared import Declared

KIND = Declared(
    ACTION="ClearCache",
    NAME="clear_cache",
    LABEL=_l("Clear the memory of tags"),
    DOES=_l("The charger forgets the tags that it remembers from earlier answers, and asks anew."),
    PROFILE="Core",
    replies={
        "Accepted": _l("It has forgotten the tags that it remembered"),
        "Rejected": _l("Most likely it remembers no tags at all"),
    },
)
