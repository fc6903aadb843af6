"""What the links of a report carry to be known again: signed, and good for one thing each."""

from datetime import timedelta

from django.core.signing import BadSignature, SignatureExpired, Signer, TimestampSigner

from tragt.errors import NotFound

__all__ = ["CONFIRMED_WITHIN", "confirmation", "confirmation_of", "stop", "stop_of"]

CONFIRMED_WITHIN = timedelta(days=7)
"""For how long the link can be used by which a reader says yes."""

_SEP = "."


def confirmation(key: str) -> str:
    """What a link carries by which a reader says yes.

    Args:
        key: Of the subscription.
    """
    return _confirmations().sign(key)


def confirmation_of(given: str) -> str:
    """The key of the subscription that a link confirms.

    Raises:
        NotFound: The link is too old, or nobody made it.
    """
    try:
        return _confirmations().unsign(given, max_age=CONFIRMED_WITHIN)
    except SignatureExpired:
        raise NotFound(
            "reports.link_expired", "This link is older than seven days. Ask whoever named you to name you again."
        ) from None
    except BadSignature:
        raise NotFound("reports.link", "This link is not whole. Open it from the mail again.") from None


def stop(key: str) -> str:
    """What a link carries by which a reader stops the reports; it does not age.

    Args:
        key: Of the subscription.
    """
    return _stops().sign(key)


def stop_of(given: str) -> str:
    """The key of the subscription that a link stops.

    Raises:
        NotFound: Nobody made it.
    """
    try:
        return _stops().unsign(given)
    except BadSignature:
        raise NotFound("reports.link", "This link is not whole. Open it from the mail again.") from None


def _confirmations() -> TimestampSigner:
    return TimestampSigner(salt="tragt.reports.confirmation", sep=_SEP)


def _stops() -> Signer:
    return Signer(salt="tragt.reports.stop", sep=_SEP)
