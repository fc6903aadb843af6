"""A mail made from its templates, in the language of who gets it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from tragt.web.shell import organisation

__all__ = ["Rendered", "render"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail: subject, text and HTML."""

    subject: str
    text: str
    html: str


def render(template: str, language: str, context: Mapping[str, object]) -> Rendered:
    """A mail from ``<template>.subject.txt``, ``.txt`` and ``.html``.

    Besides the context, templates know ``language``, ``organisation`` (an `OrganisationInfo`) and ``address`` (where
    the pages are). Nothing is escaped in the first two.

    Args:
        template: For example ``accounts/mail/invitation``.
        language: en, da, sv or nb; another one means the organisation's.
        context: What the templates name.

    Returns:
        The mail. The subject is one line, whatever its parts held.
    """
    firm = organisation.current()
    code = language if language in dict(settings.LANGUAGES) else firm.language or settings.LANGUAGE_CODE
    known = {**context, "language": code, "organisation": firm, "address": settings.TRAGT.public_address}
    with translation.override(code):
        subject = _plain(f"{template}.subject.txt", known)
        text = _plain(f"{template}.txt", known)
        html = get_template(f"{template}.html").render(dict(known))
    line = "".join(sign if sign.isprintable() else " " for sign in subject)
    return Rendered(" ".join(line.split())[:300], text.strip() + "\n", html)


def _plain(name: str, known: Mapping[str, object]) -> str:
    made = get_template(name).template  # type: ignore[attr-defined]
    return str(made.render(Context(dict(known), autoescape=False)))
