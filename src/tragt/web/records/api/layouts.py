"""Operations on lists: which columns and filters the list of a kind has, and which columns a user looks at."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import Field, StringConstraints

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import Body
from tragt.web.records.actions.layouts import choose_columns
from tragt.web.records.kinds import Kind, kinds
from tragt.web.records.listing import operators
from tragt.web.records.queries.fields import chosen_columns, columns_of, fields_of
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Fields"])

KindInPath = Annotated[str, Path(max_length=20, description="`person`, `company` or `deal`.")]


class ColumnShown(Schema):
    """A column of a list."""

    code: str = Field(description="How filters and orders call it.")
    title: str = Field(description="What people call it.")
    type: str
    filters: list[str] = Field(description="The filters that the list takes.")
    sorts: bool = Field(description="Whether the list is sorted by it.")
    shown: bool = Field(description="Whether the user looks at it on the page.")


class LayoutShown(Schema):
    """The list of a kind of record."""

    kind: str
    sort: str = Field(description="The order unless another is asked for.")
    columns: list[ColumnShown]


class ColumnsChosen(Body):
    """The columns that the user looks at."""

    columns: list[Annotated[str, StringConstraints(min_length=1, max_length=60)]] = Field(
        max_length=100, description="Their codes; none of them goes back to the usual ones."
    )


@operation(router, "GET /{kind}", permission="", gives=LayoutShown)
def read_list(request: HttpRequest, kind: KindInPath) -> LayoutShown:
    """The columns of a list, those of custom fields among them, and how it may be filtered and sorted."""
    user = user_of(request)
    return _layout(_kind(kind, user), user)


@operation(router, "PUT /{kind}/columns", permission="profile.edit", gives=LayoutShown)
def choose_list_columns(request: HttpRequest, kind: KindInPath, body: ColumnsChosen) -> LayoutShown:
    """Choose the columns that the user looks at on the page of a list."""
    user = user_of(request)
    of = _kind(kind, user)
    known = [column.code for column in columns_of(of, fields_of(of)) if not column.bare]
    for code in body.columns:
        if code not in known:
            said = f"The list has no column '{code}'; known are {', '.join(known)}."
            raise InvalidDefinition("records.column", said, field="columns")
    choose_columns(of, body.columns, who=Who.of(user))
    return _layout(of, user)


def _layout(kind: Kind, user: User) -> LayoutShown:
    columns, chosen = columns_of(kind, fields_of(kind)), chosen_columns(kind, user.pk)
    seen = {columns[0].code, *(chosen or (column.code for column in columns if column.shown))}
    shown = [
        ColumnShown(
            code=column.code,
            title=str(column.title),
            type=column.type,
            filters=[f"{column.code}.{one}" for one in operators(column)],
            sorts=column.sorts,
            shown=column.code in seen,
        )
        for column in columns
    ]
    return LayoutShown(kind=kind.code, sort=kind.sort, columns=shown)


def _kind(code: str, user: User) -> Kind:
    found = next((one for one in kinds() if one.code == code and user.has_perm(one.see)), None)
    if found is None:
        raise NotFound("records.kind", f"There is no list of '{code}', or it is not for this key to see.")
    return found
