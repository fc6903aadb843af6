"""Which values of properties may be shown as examples, so that none of them tells of a person.

A value is shown only where nothing about it looks personal: neither the name of its property, nor its own form, nor
that it belongs to a few actors alone. What this does not answer: whether a value is personal in law; it errs towards
hiding.
"""

import re

from tragt.web.lexicon.spelling import words_of

__all__ = ["LEAST_PEOPLE", "is_personal_name", "is_personal_text"]

LEAST_PEOPLE = 3
"""A text is shown only where so many different actors have it."""

_PERSONAL = frozenset(
    word
    for line in (
        "age alder author avatar birth birthdate birthday born contact cpr dob efternavn",
        "email etternavn fax firstname forename fornavn fullname",
        "givenname initials ip kontakt lastname lat latitude lng lon longitude mail mailadresse mobil mobile",
        "mobilnummer name namn navn nickname passport password person personnummer phone phonenumber photo",
        "postcode postnr recipient salary salutation sender signature skype ssn street surname tel",
        "telephone token username zip zipcode",
    )
    for word in line.split()
)
_BEGINNINGS = ("addr", "adr", "epost", "födelse", "fødsel", "foedsel", "telefon")
_PERSONAL_ALONE = frozenset(
    word
    for line in (
        "account assignee attendee bcc body cc client comment customer employee feedback from gender guest",
        "kommentar lead member message note notes owner rep reply seller subject title to user visitor",
    )
    for word in line.split()
)
"""These tell of a person only where they are the whole name: ``user_role`` does not."""
_OF_THINGS = frozenset(
    word
    for line in (
        "app browser button campaign category channel company coupon course device event experiment feature file",
        "form group host list model module name organisation organization os page path pipeline plan platform",
        "product project promotion section service shop site source stage step store tab tag team template test",
        "variant view webinar",
    )
    for word in line.split()
)
"""Words before ``name`` that say whose name it is: ``product_name`` is no person's."""
_EMAIL = re.compile(r"\S@\S")
_PHONE = re.compile(r"^\+?[\d\s().\-/]{7,}$")
_ADDRESS = re.compile(r"^(?:\d{1,3}\.){3}\d{1,3}$|^[0-9a-f]*:[0-9a-f:]+:[0-9a-f:.]*$", re.IGNORECASE)
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d(?:[T ][\d:.,+\-Z ]*)?$")
_LEAST_DIGITS = 7
_LONGEST = 60


def is_personal_name(name: str) -> bool:
    """Whether a property sounds as if its values told of a person.

    Args:
        name: Of the property.
    """
    words = words_of(name)
    joined = "".join(words)
    if joined in _PERSONAL or joined in _PERSONAL_ALONE:
        return True
    if any(word.startswith(_BEGINNINGS) for word in words):
        return True
    of_a_thing = words[-1:] == ["name"] and bool(set(words[:-1]) & _OF_THINGS)
    return not of_a_thing and bool(_PERSONAL.intersection(words))


def is_personal_text(text: str) -> bool:
    """Whether a value looks like an e-mail address, a telephone number, an address of a machine, or free text.

    Args:
        text: The value, as text.
    """
    if _MOMENT.match(text):
        return False
    digits = sum(letter.isdigit() for letter in text)
    phone = digits >= _LEAST_DIGITS and _PHONE.match(text) is not None
    return phone or len(text) > _LONGEST or bool(_EMAIL.search(text) or _ADDRESS.match(text)) or "%40" in text
