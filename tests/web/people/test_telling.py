"""Whether a text that somebody wrote tells of a person by their name."""

import pytest

from tragt.web.people.models import Person
from tragt.web.people.queries import telling_of
from tragt.web.shell.personal import Subject

pytestmark = pytest.mark.django_db


def tells(name: str, text: str, *others: str) -> bool:
    """Whether a text tells of a person of a name, where others have theirs."""
    Person.objects.bulk_create(Person(name=one) for one in others)
    return telling_of(Subject(Person.objects.create(name=name).pk, frozenset()))(text)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("Per Hansen", "Call PER  hansen.", True),
        ("Per Hansen", "Per Hansens offer", True),
        ("Per Hansen", '{"text": "Met\\nPer Hansen\\nagain"}', True),
        ("Per Hansen", "Met Jesper Hansen", False),
        ("Per Hansen", "Met Per Hansens-Lund and Per Hansen-Lund", False),
        ("Per Hansen", "Met Per Hansenius", False),
        ("Åse Ørn", "Møde med ÅSE ØRN", True),
        ("Åse  Ørn", "Møde med Åse Ørn", True),
        ("Per", "Met Per", False),
        ("Per (old) Hansen", "Met Per (old) Hansen", True),
    ],
)
def test_text_tells_of_a_person_by_their_whole_name_alone(name: str, text: str, told: bool) -> None:
    assert tells(name, text) is told


@pytest.mark.parametrize(
    ("name", "other", "text"),
    [
        ("Per Hansen", "per hansen", "Met Per Hansen"),
        ("Åse Ørn", "ÅSE  ørn", "Met Åse Ørn"),
        ("Anna Berg", "Anna Bergs", "Met Anna Bergs"),
    ],
)
def test_name_that_somebody_else_has_too_tells_of_nobody(name: str, other: str, text: str) -> None:
    assert tells(name, text)
    Person.objects.all().delete()
    assert not tells(name, text, other)
