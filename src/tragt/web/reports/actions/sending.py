"""Sending weekly reports: each once a week, whatever is started again. The unit is the report of one reader."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from tragt.errors import TragtError
from tragt.web.accounts.models import User
from tragt.web.leaks.queries import hears_all
from tragt.web.mail.actions import send
from tragt.web.mail.enclosing import Enclosed, Picture
from tragt.web.mail.models import OutgoingMail
from tragt.web.reports import tokens
from tragt.web.reports.letters import PICTURE, Letter, letter_of
from tragt.web.reports.models import Sent, State, Subscription, Trouble
from tragt.web.reports.queries import subscription_of
from tragt.web.shell import organisation
from tragt.web.shell.acting import SYSTEM, Who, acting
from tragt.web.shell.holding import hold

__all__ = ["Letters", "forget", "language_of", "send_due", "send_now"]

_WEEKLY = "reports/mail/weekly"


@dataclass(slots=True)
class Letters:
    """The letters of one run: those who read a funnel in one language are written the same, drawn once.

    Whoever hears how colleagues do is written another one than those who do not, and people outside a third.
    """

    _written: dict[tuple[int, str, bool, bool], tuple[Letter, bytes]] = field(default_factory=dict)

    def of(self, row: Subscription) -> tuple[Letter, bytes]:
        """What a reader is told, with the picture; in the language that is active.

        Raises:
            TragtError: The funnel cannot be counted.
        """
        key = row.funnel_id, translation.get_language() or "", hears_all(row.user), row.user is None
        if key not in self._written:
            letter = letter_of(row.funnel, row.user)
            self._written[key] = letter, letter.picture_png()
        return self._written[key]


def language_of(row: Subscription) -> str:
    """The language in which a reader is written to."""
    return (row.user.language if row.user else row.language) or organisation.current().language or "en"


def send_due(key: int, week: date, letters: Letters) -> bool:
    """Send a reader the report of a week, unless that was done or there is a reason not to, which is kept.

    Args:
        key: Of the subscription.
        week: The Monday of the week.
        letters: What was written in this run.

    Returns:
        Whether it was sent.

    Raises:
        NotFound: It was removed meanwhile.
    """
    row = subscription_of(key)
    if row.reason_held == Trouble.PERSONS:
        return False
    if row.user is not None and not (row.user.is_active and row.user.has_perm("funnels.see")):
        return _in_trouble(row, Trouble.NOBODY)
    with translation.override(language_of(row)):
        try:
            letter, png = letters.of(row)
        except TragtError:
            return _in_trouble(row, Trouble.NO_FIGURES)
        if row.sent.filter(end__gte=letter.weeks.end).exists():
            return _in_trouble(row, Trouble.NOTHING_NEW)
        with acting(SYSTEM, "reports.send", f"funnel {row.funnel_id}", report=row.pk) as act:
            hold(Subscription, row.pk)
            row = subscription_of(key)
            if row.state != State.ACTIVE or row.sent.filter(week=week).exists():
                act.details["sent"] = False
                return False
            mail = _post(row, letter, png, SYSTEM)
            Sent.objects.create(subscription=row, week=week, end=letter.weeks.end, at=timezone.now(), mail=mail)
            if row.trouble:
                Subscription.objects.filter(pk=row.pk).update(trouble=Trouble.NONE)
    return True


def send_now(row: Subscription, user: User) -> OutgoingMail:
    """Send somebody a report to look at, as its reader would get it; it counts as nobody's.

    Args:
        row: Whose report.
        user: To whom it is sent.

    Raises:
        NotAllowed: The permission is missing.
        TragtError: The funnel cannot be counted.
    """
    who = Who.of(user)
    with translation.override(language_of(row)):
        letter, png = Letters().of(row)
        with acting(who, "reports.own", f"funnel {row.funnel_id}", act="try"):
            return _post(row, letter, png, who, to=user.email)


def forget(after: timedelta = timedelta(days=30)) -> int:
    """Remove the reports that were taken away a while ago, and those to which nobody said yes; how many.

    Args:
        after: For how long they are kept.
    """
    before = timezone.now() - after
    gone = Subscription.objects.filter(removed__lt=before)
    unanswered = Subscription.objects.filter(state=State.ASKED, created__lt=before)
    with acting(SYSTEM, "reports.forget") as act:
        number = gone.delete()[1].get("tragt_reports.Subscription", 0)
        number += unanswered.delete()[1].get("tragt_reports.Subscription", 0)
        act.details["number"] = number
    return number


def _in_trouble(row: Subscription, trouble: Trouble) -> bool:
    if row.trouble != trouble:
        Subscription.objects.filter(pk=row.pk).update(trouble=trouble)
    return False


def _post(row: Subscription, letter: Letter, png: bytes, who: Who, *, to: str = "") -> OutgoingMail:
    """Write the mail. Whoever only tries a report has no link by which the reader would be stopped."""
    address = settings.TRAGT.public_address
    stop = "" if to else address + reverse("reports:stop", args=[tokens.stop(row.key)])
    context = {
        "letter": letter,
        "picture": f"cid:{PICTURE}",
        "link": address + reverse("funnel", args=[row.funnel_id]) if row.user or to else "",
        "leak_link": address + letter.leak.url if letter.leak and (row.user or to) else "",
        "stop": stop,
    }
    heads = {"List-Unsubscribe": f"<{stop}>"} if stop else {}
    if stop.startswith("https:"):
        heads["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    enclosed = Enclosed((Picture(PICTURE, "funnel.png", png),), heads)
    reader = to or (row.user.email if row.user else row.address)
    return send(_WEEKLY, [reader], language_of(row), context, who=who, enclosed=enclosed)[0]
