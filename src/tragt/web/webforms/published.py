"""Forms as visitors see them; while no database answers, as this process read them last.

What somebody typed must not be lost because a database is away for a moment: the form that it was typed into can then
still be shown, with what was typed in it.
"""

from dataclasses import dataclass, replace

import msgspec
from django.db import DatabaseError, InterfaceError

from tragt.errors import NotFound
from tragt.web.shell import organisation
from tragt.web.webforms.definition import Definition
from tragt.web.webforms.models import FormState, Wording

__all__ = ["Published", "forget", "of_wording", "published", "worded"]

_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class Published:
    """A form as visitors see it.

    Attributes:
        form: Key of the form.
        public: Its public id.
        name: What its firm calls it.
        open: Whether it takes something.
        origins: The sites that it may stand in.
        wording: Key of the wording.
        number: Number of that wording.
        definition: What it asks and says.
        firm: What the firm is called whose form it is.
    """

    form: int
    public: str
    name: str
    open: bool
    origins: tuple[str, ...]
    wording: int
    number: int
    definition: Definition
    firm: str

    @property
    def shown(self) -> str:
        """What a page shows that carries it: the form in this wording."""
        return f"{self.public}.{self.number}"

    @property
    def source(self) -> str:
        """What the log calls events that come by it."""
        return f"form-{self.form}"


_last: dict[str, Published] = {}


def published(public: str) -> Published:
    """A form that was published, also where it is closed since.

    Args:
        public: Its public id.

    Raises:
        NotFound: There is none, or it was never published.
        DatabaseError: No database answers, and this process does not know the form.
    """
    try:
        found = _read(public)
    except (DatabaseError, InterfaceError):
        if public in _last:
            return _last[public]
        raise
    if len(_last) >= _REMEMBERED:
        _last.clear()
    _last[public] = found
    return found


def worded(form: Published, number: int) -> Published | None:
    """A form as it was shown with an earlier wording; None where it never had that.

    Whether an address is to be confirmed is no matter of what was read: where the form asks for it now, it is.

    Args:
        form: The form as it is shown now.
        number: Of the wording.
    """
    if number == form.number:
        return form
    row = Wording.objects.filter(form=form.form, number=number).select_related("form").first()
    if row is None:
        return None
    found = of_wording(row)
    asks = form.definition.double_opt_in or found.definition.double_opt_in
    return replace(found, definition=msgspec.structs.replace(found.definition, double_opt_in=asks))


def forget() -> None:
    """Forget what was read."""
    _last.clear()


def of_wording(row: Wording) -> Published:
    """A form as it was shown with one of its wordings."""
    form = row.form
    taking = form.state == FormState.PUBLISHED
    told = (row.pk, row.number, row.definition, organisation.current().name)
    return Published(form.pk, form.public, form.name, taking, tuple(form.origins), *told)


def _read(public: str) -> Published:
    row = Wording.objects.filter(form__public=public).select_related("form").order_by("-number").first()
    if row is None or row.form.state == FormState.DRAFT:
        raise NotFound("webforms.no_form", f"There is no form {public}.", form=public)
    return of_wording(row)
