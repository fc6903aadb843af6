"""Pages around the records, and what each role may do there: accounts, funnels, imports, forms, sources, settings."""

from datetime import date, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.web.api.firm import Firm
from tests.web.leaks.rows import alarm_of, leaking
from tests.web.page_matrix import EVERYONE, MANAGERS, MARKETING, OWNERS, SELLERS, Body, Keys, Page, form, page, sent
from tragt.events import Options
from tragt.funnel import Funnel
from tragt.web.accounts.models import ApiKey, Invitation, Team, User, WriteKey
from tragt.web.collect.actions import keep_list
from tragt.web.collect.network_lists import read as read_networks
from tragt.web.funnels.actions import save as save_funnel
from tragt.web.funnels.actions import share
from tragt.web.funnels.actions.annotations import Noted, annotate, remove_annotation
from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.models import Hypothesis, Remedy
from tragt.web.imports.actions import import_file
from tragt.web.imports.models import Import
from tragt.web.inbox.models import Rejected
from tragt.web.jobs.models import Job
from tragt.web.jobs.worker import drain
from tragt.web.lexicon.models import Merge
from tragt.web.mail.models import OutgoingMail
from tragt.web.reports.models import Subscription
from tragt.web.shell.acting import COMMAND_LINE
from tragt.web.webforms.actions.editing import publish, save
from tragt.web.webforms.definition import Definition, Field, FieldKind
from tragt.web.webforms.models import Standing, Submission, WebForm

__all__ = ["AROUND", "around"]

EVENTS = "person,event,time\nann,Visited,2026-01-01\nann,Paid,2026-01-02\nbo,Visited,2026-01-03\nbo,paid,2026-01-04\n"
PUBLIC = Page(None, quiet=True)
"""A page for which nobody needs to be signed in, or which says who must be."""


def acts(body: Body, least: Any, key: str = "", **more: Any) -> Page:
    """A form that is sent, about what belongs to nobody."""
    return sent(body, least, key, record=False, **more)


def nothing(_keys: Keys) -> Keys:
    """A button alone."""
    return {}


def named(_keys: Keys) -> Keys:
    """The event that is asked about."""
    return {"name": "Visited"}


def pair(_keys: Keys) -> Keys:
    """Two names of one thing."""
    return {"spelling": "paid", "kept": "Paid"}


def reason(keys: Keys) -> Keys:
    """The calls of one reason that were turned away."""
    return {"source": keys["source"], "code": "type", "field": ""}


def _gone(keys: Keys) -> None:
    SavedFunnel.objects.filter(pk=keys["funnel"]).update(deleted=timezone.now())


def _changed(keys: Keys) -> None:
    save_funnel(COMMAND_LINE, Funnel.of("Visited", "Paid"), "Sales", saved=SavedFunnel.objects.get(pk=keys["funnel"]))


def _shared(keys: Keys) -> None:
    keys["link"] = share(COMMAND_LINE, SavedFunnel.objects.get(pk=keys["funnel"]), 7).link.pk


def _reader(keys: Keys) -> Keys:
    """Somebody outside; whoever may not name others names themselves."""
    return {"funnel": keys["funnel"], "to": "new@example.org", "language": "en", "weekday": "0"}


def _of_report() -> Page:
    """A page of a report that another reads, which does not exist for those who name nobody."""
    return Page(MARKETING, "get", "report", refused=404)


def _waiting(keys: Keys) -> None:
    Subscription.objects.filter(pk=keys["report"]).update(state="asked")


def _report_removed(keys: Keys) -> None:
    Subscription.objects.filter(pk=keys["report"]).update(removed=timezone.now())


def _removed(keys: Keys) -> None:
    Hypothesis.objects.filter(pk=keys["hypothesis"]).update(deleted=timezone.now())


def _annotation_removed(keys: Keys) -> None:
    remove_annotation(COMMAND_LINE, keys["annotation"])


def _worded(_keys: Keys) -> None:
    Remedy.objects.create(leak="stuck", proposals=["Call them."])


def _worded_aside(_keys: Keys) -> None:
    Remedy.objects.create(leak="stuck", proposals=["Call them."], aside=True)


def _merged(keys: Keys) -> None:
    keys["merge"] = Merge.objects.create(spelling="paid", kept="Paid").pk


def _inactive(keys: Keys) -> None:
    User.objects.filter(pk=keys["colleague"]).update(is_active=False)


def _closed(keys: Keys) -> None:
    WebForm.objects.filter(pk=keys["webform"]).update(state="closed")


AROUND: dict[str, Page | tuple[Page, ...]] = {
    "healthz": Page(None),
    # first run, signing in and out, one's own pages
    "start": PUBLIC,
    "invitation": Page(None, parts=(("link", "none"),)),
    "account_login": PUBLIC,
    "mfa_authenticate": PUBLIC,
    "mfa_login_webauthn": PUBLIC,
    "account_inactive": PUBLIC,
    "socialaccount_login_cancelled": PUBLIC,
    "socialaccount_login_error": PUBLIC,
    "openid_connect_login": Page(None, quiet=True, parts=(("provider_id", "none"),)),
    "openid_connect_callback": Page(None, quiet=True, parts=(("provider_id", "none"),)),
    "account_logout": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": Page(None, quiet=True),
    "account_reset_password_from_key_done": PUBLIC,
    "account_reauthenticate": page(quiet=True),
    "mfa_reauthenticate": page(quiet=True),
    "mfa_reauthenticate_webauthn": page(quiet=True),
    "profile": (page(), acts(lambda _: {"name": "Other", "language": "da"}, EVERYONE)),
    "security": page(),
    "account_change_password": page(),
    "account_set_password": page(),
    "usersessions_list": page(),
    "mfa_index": page(),
    "mfa_activate_totp": page(),
    "mfa_deactivate_totp": page(quiet=True),
    "mfa_view_recovery_codes": page(quiet=True),
    "mfa_generate_recovery_codes": page(quiet=True),
    "mfa_download_recovery_codes": page(quiet=True),
    "mfa_list_webauthn": page(),
    "mfa_add_webauthn": page(),
    "mfa_edit_webauthn": page(quiet=True, pk=1),
    "mfa_remove_webauthn": page(quiet=True, pk=1),
    # the organisation, its users, teams and keys
    "organisation": (page(MANAGERS), acts(lambda _: ORGANISATION, OWNERS)),
    "users": page(MANAGERS),
    "users_invite": acts(lambda _: {"email": "new@example.org", "role": "seller", "language": "en"}, MANAGERS),
    "users_role": acts(lambda _: {"role": "viewer"}, MANAGERS, "colleague"),
    "users_deactivate": acts(nothing, MANAGERS, "colleague"),
    "users_reactivate": acts(nothing, MANAGERS, "colleague", before=_inactive),
    "users_second_factor": acts(nothing, MANAGERS, "colleague", writes=False),
    "invitations_again": acts(nothing, MANAGERS, "invitation"),
    "invitations_withdraw": acts(nothing, MANAGERS, "invitation"),
    "teams": page(MANAGERS),
    "teams_make": acts(lambda _: {"new-name": "West"}, MANAGERS),
    "teams_change": acts(lambda keys: {f"team{keys['north']}-name": "Northern"}, MANAGERS, "north"),
    "teams_remove": acts(nothing, MANAGERS, "north"),
    "keys": page(MARKETING),
    "keys_create_write": acts(lambda _: {"name": "Shop", "kind": "public"}, MARKETING),
    "keys_write": (page(MARKETING, "write_key"), acts(lambda _: {"name": "Shop"}, MARKETING, "write_key")),
    "keys_rotate_write": acts(nothing, MARKETING, "write_key"),
    "keys_revoke_write": acts(nothing, MARKETING, "write_key"),
    "keys_create_api": acts(lambda _: {"name": "Till", "role": "viewer"}, MARKETING),
    "keys_rotate_api": acts(nothing, MARKETING, "api_key"),
    "keys_revoke_api": acts(nothing, MARKETING, "api_key"),
    "audit": page(MANAGERS),
    # what the organisation keeps, its mail, its money, its jobs
    "retention:rules": page(MANAGERS),
    "retention:count": page(MANAGERS, code="mail.outgoing"),
    "retention:rule": (
        page(OWNERS, code="mail.outgoing"),
        acts(lambda _: {"days": "180", "sure": "1"}, OWNERS, code="mail.outgoing"),
    ),
    "mail:settings": page(MANAGERS),
    "mail:test": acts(nothing, MANAGERS),
    "mail:detail": page(MANAGERS, "mail"),
    "money:currencies": page(MANAGERS),
    "money:file": acts(lambda _: {"file": SimpleUploadedFile("r.csv", b"Date,DKK\n2026-01-02,7.46\n")}, OWNERS),
    "money:rate": acts(lambda _: {"currency": "DKK", "day": "2026-01-05", "rate": "7.46"}, OWNERS),
    "jobs:list": page(MARKETING),
    "jobs:detail": page(MARKETING, "job"),
    "jobs:progress": page(MARKETING, "job"),
    "jobs:cancel": acts(nothing, MARKETING, "job"),
    "demonstration": page(MANAGERS),
    "demonstration_load": form(MANAGERS),
    "demonstration_remove": form(MANAGERS),
    # what comes in
    "imports:list": (page(MARKETING), acts(lambda _: {"file": _file()}, MARKETING)),
    "imports:one": page(MARKETING, "import"),
    "imports:columns": page(MARKETING, "new_import"),
    "imports:kind": acts(lambda _: {"target": "deal"}, MARKETING, "new_import", writes=False),
    "imports:preview": form(MARKETING, "new_import"),
    "imports:check": form(MARKETING, "new_import"),
    "imports:run": form(MARKETING, "new_import"),
    "imports:undo": acts(nothing, MARKETING, "import"),
    "imports:discard": acts(nothing, MARKETING, "new_import"),
    "imports:rejected": page(MARKETING, "import", quiet=True),
    "collect:sources": page(MARKETING),
    "collect:source": page(MARKETING, "write_key"),
    "collect:turned_away": page(MARKETING),
    "collect:again": acts(reason, MARKETING, quiet=True, writes=False),
    "collect:throw_all": acts(reason, MARKETING),
    "collect:call": (page(MARKETING, "rejected"), acts(lambda _: {"call": CALL}, MARKETING, "rejected")),
    "collect:throw": acts(nothing, MARKETING, "rejected"),
    "collect:visitors": (page(MARKETING), acts(lambda _: {"address": "nothing"}, MARKETING)),
    "collect:new_networks": (page(MARKETING), acts(lambda _: {"name": "More", "file": _networks()}, MARKETING)),
    "collect:networks": (page(MARKETING, "networks"), acts(lambda _: {"file": _networks()}, MARKETING, "networks")),
    "collect:remove_networks": acts(nothing, MARKETING, "networks"),
    "collect:live": page(MARKETING),
    "collect:live_stream": page(MARKETING, quiet=True),
    "collect:live_event": page(MARKETING, quiet=True),
    "webforms:list": page(MARKETING),
    "webforms:new": (page(MARKETING), form(MARKETING)),
    "webforms:one": page(MARKETING, "webform"),
    "webforms:edit": (page(MARKETING, "webform"), form(MARKETING, "webform")),
    "webforms:preview": page(MARKETING, "webform"),
    "webforms:close": acts(nothing, MARKETING, "webform"),
    "webforms:reopen": acts(nothing, MARKETING, "webform", before=_closed),
    "webforms:delete": acts(nothing, MARKETING, "draft_form"),
    "webforms:rescue": acts(nothing, MARKETING, "webform"),
    "webforms:throw_away": acts(nothing, MARKETING, "webform"),
    "webforms:hosted": Page(None),
    "webforms:thanks": Page(None),
    "webforms:framed": Page(None),
    "webforms:framed_thanks": Page(None),
    "webforms:confirm": Page(None, quiet=True, parts=(("token", "none"),)),
    "webforms:withdraw": Page(None, quiet=True, parts=(("token", "none"),)),
    # what the log holds, and funnels over it
    "lexicon:events": page(),
    "lexicon:event": (Page(query=named), acts(lambda _: {"display": "Came by"}, MARKETING, query=named, refused=404)),
    "lexicon:property": Page(MARKETING, quiet=True, query=named),
    "lexicon:hide": acts(lambda _: {"name": "Visited", "hide": "1"}, MARKETING),
    "lexicon:spellings": page(),
    "lexicon:merge": acts(pair, MARKETING),
    "lexicon:apart": acts(pair, MARKETING),
    "lexicon:unmerge": acts(nothing, MARKETING, "merge", before=_merged),
    "funnels": page(),
    "funnel_new": (page(MARKETING), form(MARKETING)),
    "pipeline_funnel": acts(nothing, EVERYONE, "pipeline", refused=404),
    "funnel_preview": form(MARKETING),
    "funnel_suggest": Page(MARKETING, quiet=True),
    "funnel": page(key="funnel"),
    "funnel_live": page(key="funnel", quiet=True),
    "funnel_edit": (page(MARKETING, "funnel"), form(MARKETING, "funnel")),
    "funnel_rename": acts(lambda _: {"name": "Sales"}, MARKETING, "funnel"),
    "funnel_delete": acts(nothing, MARKETING, "funnel"),
    "funnel_undelete": acts(nothing, MARKETING, "funnel", before=_gone),
    "funnel_templates": page(MARKETING),
    "funnel_template": (page(MARKETING, code="aida"), form(MARKETING, code="aida")),
    "funnel_shared": Page(None, quiet=True, parts=(("token", "none"),)),
    "funnel_undo": acts(nothing, MARKETING, "funnel", before=_changed),
    "funnel_versions": page(key="funnel"),
    "funnel_version": page(key="funnel", number=1),
    "funnel_restore": acts(nothing, MARKETING, "funnel", number=1, before=_changed),
    "funnel_at": page(key="funnel", number=1, quiet=True),
    "funnel_links": page(MARKETING, "funnel"),
    "funnel_share": acts(lambda _: {"days": "7"}, MARKETING, "funnel"),
    "funnel_link_revoke": acts(nothing, MARKETING, "funnel", before=_shared),
    "funnel_csv": page(key="funnel"),
    "funnel_xlsx": page(key="funnel"),
    "funnel_svg": page(key="funnel"),
    "funnel_png": page(key="funnel"),
    "funnel_step": page(key="funnel", number=1),
    "funnel_step_inside": form(MARKETING, "funnel", number=1),
    "funnel_step_panel": page(key="funnel", number=1, name="trend"),
    "funnel_step_tasks": Page(SELLERS, "post", "funnel", parts=(("number", 1),), all_seen=True),
    "funnel_step_csv": page(MARKETING, "funnel", number=1),
    "funnel_step_segment": acts(lambda _: {"name": "Visitors"}, SELLERS, "funnel", number=1, all_seen=True),
    "funnel_step_xlsx": page(MARKETING, "funnel", number=1),
    "leaks:list": page(),
    "leaks:csv": page(),
    "leaks:one": page(key="leak"),
    "funnel_number": page(key="funnel", number=1, what="entered"),
    "funnel_events": page(MARKETING, "funnel", quiet=True),
    "reports:list": (page(), acts(_reader, EVERYONE)),
    "reports:confirm": Page(None, quiet=True, parts=(("token", "none"),)),
    "reports:stop": Page(None, quiet=True, parts=(("token", "none"),)),
    "reports:one": (_of_report(), acts(lambda _: {"weekday": "4", "language": "da"}, MARKETING, "report", refused=404)),
    "reports:picture": _of_report(),
    "reports:try": acts(nothing, MARKETING, "report", refused=404),
    "reports:pause": acts(nothing, MARKETING, "report", refused=404),
    "reports:resume": acts(nothing, MARKETING, "report", refused=404),
    "reports:ask": acts(nothing, MARKETING, "report", refused=404, before=_waiting),
    "reports:remove": acts(nothing, MARKETING, "report", refused=404),
    "reports:undo": acts(nothing, MARKETING, "report", refused=404, before=_report_removed),
    "reports:pdf": page(key="funnel"),
    "reports:weeks": page(key="funnel"),
    "leaks:alarms": page(),
    "leaks:alarm_act": acts(nothing, MARKETING, "alarm"),
    "leaks:alarm_snooze": acts(lambda _: {"days": "7"}, MARKETING, "alarm"),
    "leaks:alarm_mails": acts(lambda _: {"mails": "own"}, EVERYONE),
    "leaks:alarm_attention": acts(lambda _: {"false_alarm": "0.2", "least": "10", "version": "1"}, MARKETING),
    "funnel_trend": page(key="funnel"),
    "funnel_trend_csv": page(key="funnel"),
    "funnel_targets": page(key="funnel"),
    "funnel_targets_change": acts(lambda _: {"target-1": "40"}, MARKETING, "funnel"),
    "funnel_target_forget": acts(nothing, MARKETING, "funnel", said=1),
    "funnel_annotations": (
        page(),
        acts(lambda _: {"text": "Fair", "day": "2026-01-02", "kind": "other"}, MARKETING),
    ),
    "funnel_annotation": (
        page(MARKETING, "annotation"),
        acts(lambda _: {"text": "Fair", "day": "2026-01-02", "kind": "other"}, MARKETING, "annotation"),
    ),
    "funnel_annotation_remove": acts(nothing, MARKETING, "annotation"),
    "funnel_annotation_bring_back": acts(nothing, MARKETING, "annotation", before=_annotation_removed),
    "leaks:judging": (page(MARKETING, "funnel"), form(MARKETING, "funnel")),
    "hypotheses:list": page(),
    "hypotheses:csv": page(),
    "hypotheses:new": (page(SELLERS), acts(lambda _: {"belief": "They forget."}, SELLERS)),
    "hypotheses:one": page(key="hypothesis"),
    "hypotheses:change": (
        page(SELLERS, "hypothesis", name="belief"),
        acts(lambda _: {"belief": "They remember."}, SELLERS, "hypothesis", name="belief"),
    ),
    "hypotheses:state": acts(lambda _: {"state-state": "running"}, SELLERS, "hypothesis"),
    "hypotheses:note": acts(lambda _: {"note-text": "Asked three."}, SELLERS, "hypothesis"),
    "hypotheses:remove": acts(nothing, SELLERS, "hypothesis"),
    "hypotheses:bring_back": acts(nothing, SELLERS, "hypothesis", before=_removed),
    "hypotheses:texts": page(),
    "hypotheses:text": (
        page(MARKETING, leak="any", stage="meeting"),
        acts(lambda _: {"questions": "Who?", "version": 0}, MARKETING, leak="any", stage="meeting"),
    ),
    "hypotheses:text_aside": acts(nothing, MARKETING, before=_worded, leak="stuck", stage="any"),
    "hypotheses:text_again": acts(nothing, MARKETING, before=_worded_aside, leak="stuck", stage="any"),
    "hypotheses:stage": acts(lambda _: {"stage": "close"}, MARKETING, "leak"),
}

ORGANISATION: Final[dict[str, object]] = {
    "name": "Southern lights",
    "time_zone": "Europe/Oslo",
    "week_start": "1",
    "fiscal_year_start": "1",
    "currency": "NOK",
    "language": "nb",
    "sellers_see": "all",
    "sellers_change": "own",
}
CALL = '{"type": "track", "event": "Came", "userId": "ann", "messageId": "m1"}'


def _file() -> SimpleUploadedFile:
    return SimpleUploadedFile("events.csv", EVENTS.encode())


def _networks() -> SimpleUploadedFile:
    return SimpleUploadedFile("networks.txt", b"192.0.2.0/24\n")


def around(firm: Firm) -> None:
    """Put something into every room beside the records."""
    owner = firm.user
    file = settings.TRAGT.home / "around.csv"
    file.write_text(EVENTS)
    brought = import_file(file, COMMAND_LINE, Options(zone="UTC"))
    drain()
    later = timezone.now() + timedelta(days=1)
    waiting = Client()
    waiting.force_login(owner)
    waiting.post("/imports/", {"file": SimpleUploadedFile("more.csv", EVENTS.replace("ann", "cy").encode())})
    shape = Definition(title="Ask", fields=(Field(FieldKind.EMAIL, "E-mail", required=True),), double_opt_in=False)
    webform, draft = (save(COMMAND_LINE, name, shape, ()) for name in ("Ask", "Draft"))
    publish(COMMAND_LINE, webform)
    wording = webform.wordings.get()
    write_key = WriteKey.objects.create(name="Site", kind="secret", prefix="w", digest="w" * 64)
    source = f"key-{write_key.pk}"
    rejected = Rejected.objects.create(
        source=source, trusted=True, received=1_700_000_000_000_000, code="type", message="no", call=b'{"type": "x"}'
    )
    firm.common |= {
        "colleague": firm.of["team"]["user"],
        "invitation": Invitation.objects.create(email="i@example.org", digest="i" * 64, expires=later).pk,
        "north": Team.objects.get().pk,
        "write_key": write_key.pk,
        "api_key": ApiKey.objects.create(user=owner, name="t", role="viewer", prefix="a", digest="a" * 64).pk,
        "mail": OutgoingMail.objects.create(template="x", language="en", to="a@b.dk", message="m").pk,
        "job": Job.objects.create(name="people.find_duplicates").pk,
        "import": brought.pk,
        "new_import": Import.objects.exclude(pk=brought.pk).get().pk,
        "source": source,
        "rejected": rejected.pk,
        "networks": keep_list(COMMAND_LINE, "Clouds", read_networks(b"198.51.100.0/24")).pk,
        "webform": webform.pk,
        "draft_form": draft.pk,
        "public": webform.public,
        "row": Submission.objects.create(
            form=webform, wording=wording, key="s" * 64, standing=Standing.TURNED_AWAY, actor="a:1", answers={}
        ).pk,
        "funnel": SavedFunnel.objects.get().pk,
        "leak": leaking(SavedFunnel.objects.get()).pk,
        "alarm": alarm_of(SavedFunnel.objects.get()).pk,
        "annotation": annotate(COMMAND_LINE, Noted("Spring campaign", date(2026, 1, 2))).pk,
        "hypothesis": Hypothesis.objects.create(belief="They do not see the point.").pk,
        "report": Subscription.objects.create(
            key="r" * 32, funnel=SavedFunnel.objects.get(), address="r@example.org", language="da", begins=later
        ).pk,
        "uidb36": "1",
    }
