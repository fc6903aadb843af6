"""Operations on custom fields: which there are, making, changing and retiring them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router, Schema
from pydantic import Field as Described
from pydantic import StringConstraints

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Page, Paging, pages
from tragt.web.api.schemas import Body, KeyInPath
from tragt.web.api.versions import check_tag, digest_of, mark
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.registry import find
from tragt.web.records.actions.fields import EDIT, change_field, make_field, retire_field
from tragt.web.records.kinds import Kind, kind_of, kinds
from tragt.web.records.models import Field, FieldType
from tragt.web.records.tasks import INDEX_FIELDS
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Fields"])

_Title = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"\S")]
_Choice = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
_Choices = Annotated[list[_Choice], Described(max_length=200, description="What may be chosen, of a field of choices.")]
_Help = Annotated[str, Described(max_length=300, description="A hint for those who fill it in.")]
_Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, pattern=r"""^[^\s"'\\%{}\x00-\x1f][^"'\\%{}\x00-\x1f]*$"""),
    Described(
        description="How bodies, files and the tracking API call it. What they told under it becomes its values."
    ),
]


class FieldShown(Schema):
    """A custom field."""

    id: int
    kind: str = Described(description="Of which records: `person`, `company`, `deal`.")
    code: str = Described(description="How bodies call it.")
    title: str = Described(description="What people call it.")
    type: str
    choices: list[str]
    required: bool
    help: str
    order: int = Described(description="Where it stands among the others.")
    filter: str = Described(description="How lists call it in filters and orders: `f7.from=2026-01-01`, `sort=-f7`.")
    sorts: bool = Described(description="Whether lists are sorted by it: once its index is made.")
    retired: datetime | None = Described(description="Since when it is shown no more; null while it is.")

    @classmethod
    def of(cls, row: Field) -> "FieldShown":
        """A field, as it is answered."""
        return cls(
            **{name: getattr(row, name) for name in ("kind", "code", "title", "type", "required", "help", "order")},
            id=row.pk,
            choices=[str(one) for one in row.choices],
            filter=f"f{row.pk}",
            sorts=row.indexed and row.type != FieldType.USER,
            retired=row.retired,
        )


class FieldsAsked(Paging):
    """Which fields are asked for."""

    kind: Annotated[str, StringConstraints(max_length=20)] | None = Described(
        None, description="Only those of a kind of record."
    )


class NewField(Body):
    """A field that is made."""

    kind: Annotated[str, StringConstraints(max_length=20)] = Described(
        description="Of which records: `person`, `company`, `deal`."
    )
    code: _Code
    title: _Title
    type: Literal["text", "number", "date", "choice", "boolean", "user", "link"] = "text"
    choices: _Choices = []
    required: bool = False
    help: _Help = ""


class FieldChange(Body):
    """What is changed of a field."""

    title: _Title = ""
    choices: _Choices = []
    required: bool = False
    help: _Help = ""
    order: int = Described(0, ge=0, le=10_000, description="Where it stands among the others.")


@operation(router, "GET", permission="people.see", gives=Page[FieldShown])
def list_fields(request: HttpRequest, asked: Annotated[FieldsAsked, Query()]) -> Page[FieldShown]:  # noqa: ARG001
    """Custom fields of all kinds of records, those that are retired among them."""
    rows = Field.objects.all()
    if asked.kind is not None:
        rows = rows.filter(kind=_kind(asked.kind).code)
    found, following = pages(rows, asked)
    return Page[FieldShown](items=[FieldShown.of(row) for row in found], next=following)


@operation(router, "GET /{field}", permission="people.see", gives=FieldShown)
def read_field(request: HttpRequest, field: KeyInPath, response: HttpResponse) -> FieldShown:  # noqa: ARG001
    """A custom field."""
    return _marked(_field(field), response)


@operation(router, "POST", permission=EDIT, gives=FieldShown, status=201)
def make_custom_field(request: HttpRequest, body: NewField, response: HttpResponse) -> FieldShown:
    """Make a custom field.

    Lists are filtered and sorted by it once its index is made, which a worker does.
    """
    who, told = Who.of(user_of(request)), body.model_dump()
    made = make_field(_kind(told.pop("kind")), _once_each(told), who=who)
    _prepare(who)
    response.headers["Location"] = reverse("api:read_field", args=[made.pk])
    return _marked(made, response)


@operation(router, "PATCH /{field}", permission=EDIT, gives=FieldShown, versioned=True)
def change_custom_field(
    request: HttpRequest, field: KeyInPath, body: FieldChange, response: HttpResponse
) -> FieldShown:
    """Change a custom field. Its code and type stay."""
    with _of_what_was_read(request, field):
        if given := _once_each(body.given()):
            change_field(field, given, who=Who.of(user_of(request)))
    return _marked(_field(field), response)


@operation(router, "POST /{field}/retire", permission=EDIT, gives=FieldShown, versioned=True)
def retire_custom_field(request: HttpRequest, field: KeyInPath, response: HttpResponse) -> FieldShown:
    """Show a custom field no more. Its values stay."""
    return _marked(_retired(request, field, back=False), response)


@operation(router, "POST /{field}/restore", permission=EDIT, gives=FieldShown, versioned=True)
def restore_custom_field(request: HttpRequest, field: KeyInPath, response: HttpResponse) -> FieldShown:
    """Show a retired custom field again."""
    return _marked(_retired(request, field, back=True), response)


def _retired(request: HttpRequest, key: int, *, back: bool) -> Field:
    who = Who.of(user_of(request))
    with _of_what_was_read(request, key):
        retire_field(key, who=who, back=back)
        _prepare(who)
    return _field(key)


@contextmanager
def _of_what_was_read(request: HttpRequest, key: int) -> Iterator[None]:
    """Do the block only of the field as it was read, and let nobody change it meanwhile.

    Raises:
        NotFound: There is no such field.
        Outdated: It was changed since.
    """
    with transaction.atomic():
        check_tag(request, _tag(_field(key, locked=True)))
        yield


def _marked(row: Field, response: HttpResponse) -> FieldShown:
    mark(response, _tag(row))
    return FieldShown.of(row)


def _tag(row: Field) -> str:
    """What a field is known by as people said it; that its index was made changes nothing of that."""
    return digest_of(FieldShown.of(row).model_copy(update={"sorts": False}))


def _prepare(who: Who) -> None:
    enqueue(find(INDEX_FIELDS), who, subject="fields")


def _once_each(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"choices": list(dict.fromkeys(told["choices"]))} if "choices" in told else told


def _field(key: int, *, locked: bool = False) -> Field:
    rows = Field.objects.select_for_update() if locked else Field.objects.all()
    found = rows.filter(pk=key).first()
    if found is None:
        raise NotFound("records.no_field", f"There is no field {key}.")
    return found


def _kind(code: str) -> Kind:
    """A kind that has custom fields."""
    having = [one.code for one in kinds() if one.values]
    if code not in having:
        said = f"There is no kind of record '{code}' that has fields; known are {', '.join(having)}."
        raise InvalidDefinition("records.kind", said, field="kind")
    return kind_of(code)
