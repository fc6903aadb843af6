"""Files of companies: what they would do, and how they are learned. Each source of a company is kept by itself."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from tragt.web.imports.record_columns import TRAITS
from tragt.web.imports.targets import Change, Fate, Row, Undone
from tragt.web.people.actions import learn_companies
from tragt.web.people.bulk import chunks
from tragt.web.people.models import Company, Mention
from tragt.web.people.normal import company_key
from tragt.web.people.told import overridden
from tragt.web.shell.acting import Who

__all__ = ["company_of_row", "corrected_since", "look_at_companies", "undo_companies", "write_companies"]


def company_of_row(values: Mapping[str, object]) -> str:
    """What tells two rows of one company: its name, whatever its capitals and spaces."""
    return company_key(str(values.get("name", "")))


def look_at_companies(rows: Sequence[Row]) -> list[Fate | str]:
    """What would become of the companies of rows."""
    known = _known(rows)
    return [_fate(row, known.get(company_of_row(row.values))) for row in rows]


def write_companies(rows: Sequence[Row], cause: str, who: Who) -> list[Change]:
    """Learn what rows tell of companies. Undoing asks the statements of the cause, so that there is nothing to note."""
    learn_companies({str(row.values["name"]): _statement(row) for row in rows}, cause=cause, who=who)
    return []


def undo_companies(changes: Sequence[Change], _who: Who) -> list[Undone]:
    """Nothing: what a source told of companies is taken back with the source."""
    return [Undone.RESTORED for _ in changes]


def corrected_since(cause: str) -> int:
    """How many fields of companies that a cause told of were changed by people since; these stay as they are."""
    number = 0
    told = list(Mention.objects.filter(cause=cause).exclude(told={}).values_list("company", "at", "told"))
    for part in chunks(told):
        by_people: defaultdict[int, list[tuple[datetime, dict[str, object]]]] = defaultdict(list)
        said = Mention.objects.filter(company__in=[company for company, _, _ in part], cause__startswith="user:")
        for company, at, statement in said.values_list("company", "at", "told"):
            by_people[company].append((at, statement))
        for company, at, statement in part:
            number += len(overridden(statement, [one for when, one in by_people[company] if when > at]))
    return number


def _known(rows: Sequence[Row]) -> dict[str, Company]:
    keys = [company_of_row(row.values) for row in rows]
    return {one.key: one for part in chunks(keys) for one in Company.objects.filter(key__in=part)}


def _statement(row: Row) -> dict[str, object]:
    """What a row tells beside the name: by that the company is known, and it stays as it was first written."""
    traits = {code.removeprefix(TRAITS): value for code, value in row.values.items() if code.startswith(TRAITS)}
    if "market" in row.values:
        traits["market"] = row.values["market"]
    fields = {code: row.values[code] for code in ("domain",) if code in row.values}
    return {**fields, "traits": traits} if traits else fields


def _fate(row: Row, company: Company | None) -> Fate:
    if company is None:
        return Fate.CREATED
    told = _statement(row)
    domain = told.get("domain", company.domain) != company.domain
    traits = told.get("traits", {})
    assert isinstance(traits, dict)
    brings = any(company.traits.get(code) != value for code, value in traits.items())
    return Fate.CHANGED if domain or brings else Fate.SAME
