"""How activities look on a page."""

import datetime
from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from django import template
from django.middleware.csrf import get_token
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from tragt.web.crm.actions.activities import OUTCOMES
from tragt.web.crm.forms.activities import OUTCOMES as WORDS
from tragt.web.crm.models import Activity, ActivityKind, Repeat
from tragt.web.shell import formats
from tragt.web.shell.formats import zone
from tragt.web.shell.icons import icon

register = template.Library()

_ICONS = {
    ActivityKind.NOTE: "sticky-note",
    ActivityKind.CALL: "phone",
    ActivityKind.MEETING: "calendar",
    ActivityKind.EMAIL: "mail",
    ActivityKind.TASK: "square-check",
}
_LONGEST = 280
_BESIDE = (("deal", "/deals/"), ("person", "/people/"), ("company", "/people/companies/"))
"""What an activity is about, the nearest first, and where that is."""


@register.filter
def kind_icon(activity: Activity) -> str:
    """The icon of an activity's kind."""
    return _ICONS[ActivityKind(activity.kind)]


@register.filter
def logged(activity: Activity) -> bool:
    """Whether the event log hears of things of its kind."""
    return activity.kind in (ActivityKind.CALL, ActivityKind.MEETING, ActivityKind.EMAIL)


@register.filter
def overdue(activity: Activity) -> bool:
    """Whether something to be done should be done by now: its hour, or where only the day counts its day, is over."""
    return _overdue(activity, timezone.now(), zone())


@register.filter
def outcome(activity: Activity) -> str | Promise:
    """What came of an activity, in words."""
    return WORDS.get(activity.outcome, activity.outcome)


@register.simple_tag(takes_context=True)
def activity_rows(
    context: RequestContext, activities: Iterable[Activity], here: str, *, may: bool, bare: bool = False, of: str = ""
) -> SafeString:
    """``{% activity_rows activities here may=may %}``: the rows of a list.

    Put together here, for a page has many of them and a template would take most of its time.

    Args:
        context: Of the page.
        activities: With what they are about, owner and author.
        here: Address of the page.
        may: Whether the reader changes them.
        bare: Whether what they are about is left out.
        of: The kind of record whose page it is, which they need not name; empty for a page of all.
    """
    rows = _Rows(get_token(context.request) if may else "", here, bare=bare, of=of)
    return mark_safe("".join(map(rows.row, activities)))


class _Rows:
    """The rows of one list: what is the same in all of them is made once."""

    def __init__(self, token: str, here: str, *, bare: bool, of: str) -> None:
        self._bare, self._of, self._now, self._zone = bare, of, timezone.now(), zone()
        self._next = escape(quote(here))
        self._kinds = {kind.value: str(kind.label) for kind in ActivityKind}
        self._repeats = {one.value: str(one.label) for one in Repeat}
        self._icons = {kind.value: icon(name, 18) for kind, name in _ICONS.items()}
        self._outcomes = {value: escape(str(words)) for value, words in WORDS.items()}
        self._words = {"overdue": _("overdue"), "no day": _("no day"), "minutes": _("%(minutes)s min")}
        self._forms = _Forms(token, here, self._outcomes) if token else None

    def row(self, one: Activity) -> str:
        """A row; every text of people is escaped."""
        late = _overdue(one, self._now, self._zone)
        state = "" if one.at else " open late" if late else " open"
        kind = self._kinds.get(one.kind, one.kind)
        title = escape(one.title or kind)
        return (
            f'<li class="activity{state}">{self._icons.get(one.kind, "")}<div class="what">'
            f'<a href="/activities/{one.pk}/?next={self._next}">{title}</a>{_text(one)}'
            f'<p class="soft">{" · ".join(self._facts(one, kind, late=late))}</p></div>'
            f"{self._forms.form(one, title) if self._forms else ''}</li>"
        )

    def _facts(self, one: Activity, kind: str, *, late: bool) -> Iterable[str]:
        yield escape(kind)
        if one.outcome:
            yield self._outcomes.get(one.outcome, escape(one.outcome))
        yield self._when(one) + (f' <span class="tag bad">{escape(self._words["overdue"])}</span>' if late else "")
        if one.minutes:
            yield escape(self._words["minutes"] % {"minutes": formats.number(one.minutes)})
        if one.repeat:
            yield escape(self._repeats.get(one.repeat, one.repeat))
        if one.owner or one.author:
            yield escape(str(one.owner or one.author))
        if not self._bare:
            yield from _about(one, self._of)

    def _when(self, one: Activity) -> str:
        moment = one.at or one.due
        if moment is None:
            return escape(self._words["no day"])
        by_day = one.at is None and one.whole_day
        return escape(formats.day(timezone.localtime(moment, self._zone)) if by_day else formats.moment(moment))


class _Forms:
    """What is done with activities from a list: something planned is finished, a task opened again."""

    def __init__(self, token: str, here: str, outcomes: dict[str, str]) -> None:
        self._hidden = (
            f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
            f'<input type="hidden" name="next" value="{escape(here)}">'
        )
        done = f"{icon('check', 16)}<span>{escape(_('Done'))}</span>"
        self._plain = f'<button class="btn quiet small">{done}</button>'
        self._summary, self._called = done, _("Done: %(what)s")
        self._again = f'<button class="btn quiet small">{escape(_("Not done"))}</button>'
        nothing = f'<li><button name="outcome" value="">{escape(_("Done, nothing to add"))}</button></li>'
        self._choices = {
            kind: "".join(f'<li><button name="outcome" value="{one}">{outcomes[one]}</button></li>' for one in possible)
            + nothing
            for kind, possible in OUTCOMES.items()
        }

    def form(self, one: Activity, title: str) -> str:
        """What can be done with one; what it is called is escaped already."""
        if one.at is not None:
            return self._sent(one, "reopen", self._again) if one.kind == ActivityKind.TASK else ""
        if one.kind not in self._choices:
            return self._sent(one, "finish", self._plain)
        called = self._called % {"what": title}
        summary = f'<summary class="btn quiet small" aria-label="{called}">{self._summary}</summary>'
        return (
            f'<details class="menu left">{summary}'
            f"{self._sent(one, 'finish', f'<ul>{self._choices[one.kind]}</ul>')}</details>"
        )

    def _sent(self, one: Activity, verb: str, button: str) -> str:
        return f'<form method="post" action="/activities/{one.pk}/{verb}/">{self._hidden}{button}</form>'


def _text(one: Activity) -> str:
    if not one.text:
        return ""
    short = Truncator(one.text).chars(_LONGEST) if len(one.text) > _LONGEST else one.text
    lines = escape(short).replace("\r\n", "\n").replace("\n", "<br>")
    return f'<p class="soft words">{lines}</p>'


def _about(one: Activity, of: str) -> Iterable[str]:
    for name, address in _BESIDE:
        record = getattr(one, name)
        if name == of:
            return
        if record is not None:
            yield f'<a href="{address}{record.pk}/">{escape(str(record))}</a>'
            return


def _overdue(activity: Activity, now: datetime.datetime, where: datetime.tzinfo) -> bool:
    if activity.at is not None or activity.due is None:
        return False
    if not activity.whole_day:
        return activity.due < now
    return timezone.localtime(activity.due, where).date() < timezone.localtime(now, where).date()
