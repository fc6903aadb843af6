"""How mail leaves, the last mails, and a test."""

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import NotFound
from tragt.web.jobs.queries import worker_alive
from tragt.web.mail import actions, queries
from tragt.web.shell.acting import Who


@require_GET
@permission_required("mail.see", raise_exception=True)
def settings(request: HttpRequest) -> HttpResponse:
    """How mail is sent, and what became of the latest mails."""
    inputs = {"delivery": queries.delivery(), "sender": queries.sender(), "mails": queries.latest()}
    return render(request, "mail/settings.html", inputs)


@require_POST
@permission_required("mail.test", raise_exception=True)
def test(request: HttpRequest) -> HttpResponse:
    """Send a test mail to whoever asks."""
    assert request.user.is_authenticated
    mail = actions.send_test(request.user.email, get_language() or "", Who.of(request.user))
    return redirect("mail:detail", mail.pk)


@require_GET
@permission_required("mail.see", raise_exception=True)
def detail(request: HttpRequest, key: int) -> HttpResponse:
    """What became of a mail, and why it did not leave."""
    try:
        mail = queries.find_mail(key)
    except NotFound as problem:
        raise Http404(problem.message) from None
    inputs = {"mail": mail, "delivery": queries.delivery(), "alive": not mail.is_waiting or worker_alive()}
    return render(request, "mail/detail.html", inputs)
