"""Operations on many records of a list at once: taking them away as a file, changing them, and taking that back.

Each kind has its own, so that the filters of its list are described. The unit of observation is the record.
"""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import translation
from ninja import Query, Router, Schema
from pydantic import Field, create_model

from tragt.errors import Conflict, InvalidDefinition, NotAllowed
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.guarding import LANGUAGE
from tragt.web.api.limits import spend_rows
from tragt.web.api.operations import PERMISSION, operation
from tragt.web.api.problems import PROBLEMS, Problem
from tragt.web.api.schemas import Body, Key, KeyInPath
from tragt.web.records.actions import bulk
from tragt.web.records.actions.exports import export_list
from tragt.web.records.api.listing import Filtered, filters_of, listing_of
from tragt.web.records.api.marks import TagName
from tragt.web.records.downloads import rows_of
from tragt.web.records.kinds import Kind
from tragt.web.records.listing import Listing
from tragt.web.records.queries.chosen import matching_keys
from tragt.web.records.queries.fields import fields_of
from tragt.web.records.queries.pages import MOST_COUNTED, count
from tragt.web.records.views.lists import file_of, names_of
from tragt.web.records.workbooks import MEDIA
from tragt.web.shell.acting import Who

__all__ = ["router", "several_of"]

CSV = "text/csv"
_COUNTED_AT_ONCE = 1_000

router = Router(tags=["Search"])


class ManyChange(Body):
    """What is done to many records."""

    do: Literal["assign", "tag", "untag"]
    keys: list[Key] | None = Field(
        None,
        min_length=1,
        max_length=bulk.MOST,
        description="Keys of the records; null means all that the filters of the query leave.",
    )
    number: int | None = Field(
        None,
        ge=1,
        le=bulk.MOST,
        strict=True,
        description="How many the filters are to leave; nothing is done where they leave another number.",
    )
    owner: Key | None = Field(None, description="Whose they shall be, to `assign`; null means everyone's.")
    tag: TagName | None = Field(None, description="Name of the tag, to `tag` and `untag`.")


class ManyChanged(Schema):
    """What became of many records."""

    change: int | None = Field(description="Key by which it is taken back for a day; null where nothing was changed.")
    changed: int
    same: int = Field(description="How many were so already.")
    refused: int = Field(description="How many belong to somebody else.")
    missing: int = Field(description="How many are not there, or not for this key to see.")

    @classmethod
    def of(cls, done: bulk.Done) -> "ManyChanged":
        """What became of them, as it is answered."""
        return cls(**{name: getattr(done, name) for name in cls.model_fields})


class TakenBack(Schema):
    """What became of records that were to be as before."""

    restored: int
    kept: int = Field(description="How many were changed since, or are gone.")


@operation(router, "POST /changes/{change}/undo", permission="", gives=TakenBack)
def undo_change(request: HttpRequest, change: KeyInPath) -> TakenBack:
    """Take a change of many records back where they still are as it left them.

    Within a day, and by the user who made it.
    """
    undone = bulk.take_back(change, who=Who.of(user_of(request)))
    return TakenBack(restored=undone.restored, kept=undone.kept)


def several_of(kind: Kind, plural: str, tag: str) -> Router:
    """The operations on many records of a kind.

    Args:
        kind: The kind.
        plural: What ids of operations call many of them.
        tag: The group of operations.
    """
    below = Router(tags=[tag])

    def change_many(request: HttpRequest, body: ManyChange, asked: Filtered) -> ManyChanged:  # noqa: ARG001
        user = user_of(request)
        keys = _keys(kind, request, body, user)
        done = _act(body)(kind, keys, Who.of(user))
        spend_rows(request, len(keys))
        return ManyChanged.of(done)

    # What a query may ask is another thing for each kind.
    asked: Any = Annotated[filters_of(kind), Query()]  # type: ignore[type-arg] # ninja's function, no class
    change_many.__annotations__["asked"] = asked
    change_many.__name__ = f"change_many_{plural}"
    change_many.__doc__ = f"""Hand over, tag or untag many {plural}: those of some keys, or all that filters leave.

    What belongs to somebody else, or is not seen, is left alone and counted. `/lists/changes/{{change}}/undo` takes it
    back.
    """
    operation(below, "POST /changes", permission=kind.edit, gives=ManyChanged)(change_many)
    _add_file(below, kind, plural)
    return below


def _add_file(below: Router, kind: Kind, plural: str) -> None:
    ending: Any = (Literal["csv", "xlsx"], Field("csv", description=f"`xlsx` takes up to {MOST_COUNTED:,} records."))
    wanted: Any = create_model(f"{kind.code.title()}FileAsked", __base__=filters_of(kind), format=ending)

    def export(request: HttpRequest, asked: Filtered) -> StreamingHttpResponse:
        user = user_of(request)
        if not user.has_perm(kind.export):
            raise NotAllowed("accounts.not_allowed", f"This key may not do '{kind.export}'.", permission=kind.export)
        listing = listing_of(kind, fields_of(kind), request, besides=("format",))
        return _file(request, listing, user, str(getattr(asked, "format", "csv")))

    asked: Any = Annotated[wanted, Query()]  # type: ignore[type-arg] # ninja's function, no class
    export.__annotations__["asked"] = asked
    below.add_api_operation(
        "/file",
        ["GET"],
        export,
        response={200: None, **dict.fromkeys(PROBLEMS, Problem)},
        operation_id=f"export_{plural}",
        summary=f"Take a list of {plural} away as a file",
        description="All that the filters leave, in the order of the list, with the columns of its page.",
        openapi_extra={
            PERMISSION: kind.export,
            "responses": {200: {"content": {one: {"schema": {"type": "string"}} for one in (CSV, MEDIA)}}},
        },
    )


def _file(request: HttpRequest, listing: Listing, user: User, ending: str) -> StreamingHttpResponse:
    number = count(listing, user)
    if ending == "xlsx" and number > MOST_COUNTED:
        said = f"These are more than {MOST_COUNTED} records. Take them as csv, or filter the list."
        raise InvalidDefinition("records.too_many", said, field="format", most=MOST_COUNTED)
    export_list(listing, number, who=Who.of(user))
    rows = _charged(request, rows_of(listing, user, names_of(listing, user)))
    return file_of(listing, _in_english(rows), ending)


def _charged(request: HttpRequest, rows: Iterator[list[object]]) -> Iterator[list[object]]:
    """Rows that are counted as they leave: a file may hold many more than are counted before."""
    number = 0
    try:
        for row in rows:
            yield row
            number += 1
            if number == _COUNTED_AT_ONCE:
                spend_rows(request, number)
                number = 0
    finally:
        spend_rows(request, number)


def _in_english(rows: Iterator[list[object]]) -> Iterator[list[object]]:
    """Rows that are made while they are sent, when nobody's language is spoken any more."""
    while True:
        with translation.override(LANGUAGE):
            row = next(rows, None)
        if row is None:
            return
        yield row


def _keys(kind: Kind, request: HttpRequest, body: ManyChange, user: User) -> list[int]:
    listing = listing_of(kind, fields_of(kind), request)
    if body.keys is not None:
        if request.GET or body.number is not None:
            said = "Send either keys, or filters in the query with the number that they leave."
            raise InvalidDefinition("records.two_choices", said, field="keys")
        return body.keys
    keys = matching_keys(listing, user)
    if body.number is not None and len(keys) != body.number:
        raise Conflict(
            "records.other_list", f"The filters leave {len(keys)} records in place of {body.number}. Nothing was done."
        )
    return keys


def _act(body: ManyChange) -> Callable[[Kind, list[int], Who], bulk.Done]:
    given: dict[str, Any] = body.given()
    needed, other = ("owner", "tag") if body.do == "assign" else ("tag", "owner")
    if needed not in given or other in given or (needed == "tag" and body.tag is None):
        said = f"To {body.do} many records send `{needed}`, and no `{other}`."
        raise InvalidDefinition("records.act", said, field=needed)
    match body.do:
        case "assign":
            return lambda kind, keys, who: bulk.give_owner(kind, keys, body.owner, who=who)
        case "tag":
            return lambda kind, keys, who: bulk.add_tag(kind, keys, body.tag or "", who=who)
    return lambda kind, keys, who: bulk.remove_tag(kind, keys, body.tag or "", who=who)
