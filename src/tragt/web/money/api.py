"""Operations on rates between currencies: which there are, a rate, and a file of them."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Router, Schema
from pydantic import Field

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import Organisation
from tragt.web.accounts.queries import ORGANISATION
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import Body
from tragt.web.api.versions import check_tag, digest_of, mark
from tragt.web.money.actions import PERMISSION, keep_rates
from tragt.web.money.models import DayRates
from tragt.web.money.queries import Standing, standings
from tragt.web.money.rates_file import Given, Wrong, read
from tragt.web.shell import formats
from tragt.web.shell.acting import Who

__all__ = ["router"]

SEE = "organisation.see"
CSV = "text/csv"
_YEARS = range(1900, 2201)
_MOST_WRONG = 100
_LONGEST = 80

router = Router(tags=["Rates"])

Day = Annotated[date, Path(description="A day of the years 1900 to 2200.")]
CurrencyInPath = Annotated[str, Path(pattern="^[A-Z]{3}$", description="ISO 4217; not the euro, which has none.")]
Rate = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,9}(\.[0-9]{1,10})?$",
        description="Units of the currency for one euro, above 0, as a decimal such as `7.4604`.",
    ),
]


class CurrencyShown(Schema):
    """What is known of a currency."""

    currency: str
    per_euro: str = Field(description="The newest rate: units of it for one euro.")
    newest: date = Field(description="Day of the newest rate.")
    oldest: date = Field(description="Day of the first rate.")
    gaps: int = Field(description="How often there was none for more than seven days.")
    in_force: bool = Field(description="Whether the newest still counts today.")

    @classmethod
    def of(cls, one: Standing) -> "CurrencyShown":
        """What is known of a currency, as it is answered."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class Standings(Schema):
    """What is known of all currencies."""

    items: list[CurrencyShown] = Field(description="By currency.")


class DayShown(Schema):
    """The rates of a day."""

    day: date
    per_euro: dict[str, str] = Field(description="Units of each currency for one euro, as decimals.")


class RateTold(Body):
    """A rate."""

    per_euro: Rate


class WrongLine(Schema):
    """Something of a file that was not taken."""

    line: int = Field(description="Where it stands; the first line is 1.")
    field: str = Field(description="`day`, `currency`, `rate`, or `twice` where it stood before.")
    given: str = Field(description="What stands there.")


class FileTaken(Schema):
    """What became of a file of rates."""

    rates: int = Field(description="How many it holds that can be read.")
    changed: int = Field(description="How many of them were new or other than before.")
    not_taken: int = Field(description="How many were not taken.")
    wrong: list[WrongLine] = Field(description=f"The first {_MOST_WRONG} of those.")


@operation(router, "GET", permission=SEE, gives=Standings)
def list_rates(request: HttpRequest) -> Standings:  # noqa: ARG001
    """The currencies that have rates, and the newest of each."""
    today = timezone.now().astimezone(formats.zone()).date()
    return Standings(items=[CurrencyShown.of(one) for one in standings(today)])


# Before the addresses of days, which would be asked for a day of this name.
@operation(router, "POST /file", permission=PERMISSION, gives=FileTaken)
def upload_rates(request: HttpRequest) -> FileTaken:
    """Take a file of rates.

    The body is the file: CSV, as the European Central Bank publishes it (`eurofxref-hist.csv`), or with the columns
    `day`, `currency` and `rate` (units for one euro). Good lines are taken, whatever is wrong with others.
    """
    rates, wrong = _found(request.body)
    changed = keep_rates(Who.of(user_of(request)), rates)
    lines = [WrongLine(line=one.line, field=one.field, given=one.given[:_LONGEST]) for one in wrong[:_MOST_WRONG]]
    return FileTaken(rates=len(rates), changed=changed, not_taken=len(wrong), wrong=lines)


@operation(router, "GET /{day}", permission=SEE, gives=DayShown)
def read_rates(request: HttpRequest, day: Day, response: HttpResponse) -> DayShown:  # noqa: ARG001
    """The rates that were given for a day."""
    shown = _shown(day)
    if shown is None:
        raise NotFound("money.no_day", f"No rates were given for {day}. Amounts of it take those of the days before.")
    mark(response, digest_of(shown))
    return shown


@operation(router, "PUT /{day}/{currency}", permission=PERMISSION, gives=DayShown, versioned=True)
def put_rate(
    request: HttpRequest, day: Day, currency: CurrencyInPath, body: RateTold, response: HttpResponse
) -> DayShown:
    """Give the rate of a currency on a day; one that there was gives way."""
    # As a line of a file, so that both take the same.
    found = _found(f"day,currency,rate\n{day},{currency},{body.per_euro}\n".encode())
    for wrong in found[1]:
        said = (
            f"'{wrong.given}' cannot be: a rate is above 0, of a known currency other than the euro, in 1900 to 2200."
        )
        raise InvalidDefinition("money.rate", said, field="per_euro" if wrong.field == "rate" else wrong.field)
    with transaction.atomic():
        # A day without a row cannot be locked; whoever keeps rates holds the organisation.
        Organisation.objects.select_for_update().filter(pk=ORGANISATION).first()
        stands = _shown(day)
        check_tag(request, digest_of(stands) if stands else "")
        keep_rates(Who.of(user_of(request)), found[0])
    return read_rates(request, day, response)


def _shown(day: date) -> DayShown | None:
    row = DayRates.objects.filter(pk=day).first()
    return DayShown(day=row.day, per_euro=row.per_euro) if row else None


def _found(content: bytes) -> tuple[list[Given], list[Wrong]]:
    """The rates of a file, and what of it is not taken; days too far off are not, for no amount is of them."""
    said = read(content)
    good = [one for one in said.rates if one.day.year in _YEARS]
    far: Iterable[Given] = (one for one in said.rates if one.day.year not in _YEARS)
    return good, [*said.wrong, *(Wrong(0, "day", one.day.isoformat()) for one in far)]


def _takes_csv() -> None:
    described = router.path_operations["/file"].operations[0]
    body = {"required": True, "content": {CSV: {"schema": {"type": "string"}}}}
    described.openapi_extra = {**(described.openapi_extra or {}), "requestBody": body}


_takes_csv()
