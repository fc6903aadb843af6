"""Marking a record with tags, from its page."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tragt.errors import InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.views.asking import who
from tragt.web.records.actions.tags import tag, untag
from tragt.web.records.kinds import kind_of
from tragt.web.records.queries.tags import tags_of

__all__ = ["mark"]


@require_POST
def mark(request: HttpRequest, kind: str, key: int) -> HttpResponse:
    """Add a tag by its name, or take one away by its key; the part of the page where it asks for that alone."""
    try:
        of = kind_of(kind)
        if (removed := request.POST.get("remove", "")).isdecimal():
            untag(of, [key], int(removed), who=who(request))
        else:
            tag(of, [key], request.POST.get("name", ""), who=who(request))
    except NotFound:
        raise Http404 from None
    except InvalidDefinition:
        messages.error(request, _("A tag has a name of one to sixty letters."))
    except NotAllowed:
        messages.error(request, _("This belongs to somebody else. Ask its owner or a manager to change it."))
    if request.headers.get("HX-Request"):
        return render(request, "records/_tags.html", {"tagged": tags_of(of, key), "kind": of, "key": key, "oob": True})
    return redirect(of.url(key))
