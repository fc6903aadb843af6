"""Making forms: saved as drafts, published as wordings that never change, closed."""

from collections.abc import Sequence

import msgspec
from django.utils import translation

from tragt.errors import InvalidDefinition
from tragt.web.shell.acting import Who, acting
from tragt.web.webforms.definition import Definition, keyed
from tragt.web.webforms.mistakes import mistakes
from tragt.web.webforms.models import FormState, WebForm, Wording

__all__ = ["close", "delete", "publish", "reopen", "save"]

EDIT = "forms.edit"


def save(who: Who, name: str, definition: Definition, origins: Sequence[str], form: WebForm | None = None) -> WebForm:
    """Save a form as somebody is changing it; visitors see nothing of it until it is published.

    Args:
        who: Who saves it.
        name: What the firm calls it.
        definition: What it asks and says; it need not be whole.
        origins: The sites that may embed it, which holds at once.
        form: The form that is changed; None makes a new one.

    Raises:
        NotAllowed: The permission is missing.
    """
    row = form or WebForm()
    with acting(who, EDIT, act="saved" if form else "created") as act:
        row.name, row.draft, row.origins = name, msgspec.to_builtins(keyed(definition)), list(origins)
        row.save()
        act.target = _target(row)
    return row


def publish(who: Who, form: WebForm) -> Wording:
    """Show visitors the form as it was last saved; what was said before stays on record.

    Raises:
        NotAllowed: The permission is missing.
        InvalidDefinition: It is not whole.
    """
    definition = keyed(form.definition)
    if found := mistakes(definition):
        place, said = next(iter(found.items()))
        with translation.override("en"):
            raise InvalidDefinition("webforms.not_whole", f"The form cannot be published: {place}: {said}", place=place)
    with acting(who, EDIT, _target(form), act="published") as act:
        wording = form.wordings.order_by("-number").first()
        if wording is None or wording.definition != definition:
            number = wording.number + 1 if wording else 1
            wording = Wording.objects.create(form=form, number=number, told=msgspec.to_builtins(definition))
        act.details["wording"] = wording.number
        form.state = FormState.PUBLISHED
        form.save(update_fields=["state"])
    return wording


def close(who: Who, form: WebForm) -> None:
    """Take nothing any more; what came stays, and links in mails still work.

    Raises:
        NotAllowed: The permission is missing.
    """
    _set(who, form, FormState.CLOSED, "closed")


def reopen(who: Who, form: WebForm) -> None:
    """Take something again, with the wording that was shown last.

    Raises:
        NotAllowed: The permission is missing.
        InvalidDefinition: It was never published.
    """
    if not form.wordings.exists():
        raise InvalidDefinition("webforms.never_published", "The form was never published. Publish it.")
    _set(who, form, FormState.PUBLISHED, "reopened")


def delete(who: Who, form: WebForm) -> None:
    """Remove a form that was never published.

    Raises:
        NotAllowed: The permission is missing.
        InvalidDefinition: Visitors saw it: what they agreed to must stay on record.
    """
    if form.wordings.exists():
        raise InvalidDefinition("webforms.was_published", "Visitors saw this form, so it stays on record. Close it.")
    with acting(who, EDIT, _target(form), act="deleted"):
        WebForm.objects.filter(pk=form.pk).delete()


def _set(who: Who, form: WebForm, state: FormState, act: str) -> None:
    with acting(who, EDIT, _target(form), act=act):
        form.state = state
        form.save(update_fields=["state"])


def _target(form: WebForm) -> str:
    return f"form {form.pk}"
