"""Who may do what through the API: an entry for each operation. The unit of observation is the operation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.web.leaks.rows import alarm_of, leaking
from tragt.events import Options
from tragt.funnel import Funnel
from tragt.funnel.question import Every
from tragt.web.accounts.models import Role, User
from tragt.web.crm.actions import move_deal
from tragt.web.crm.models import Deal, LostReason, Pipeline, Product, Segment, Stage, Standing, Status
from tragt.web.files.models import File
from tragt.web.funnels.actions import save, share
from tragt.web.funnels.actions.annotations import Noted, annotate, remove_annotation
from tragt.web.funnels.actions.targets import set_targets
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import ask
from tragt.web.funnels.trends.trends import Trend, keep_trend
from tragt.web.hypotheses.models import Hypothesis
from tragt.web.imports.actions import import_file
from tragt.web.money.models import DayRates
from tragt.web.people.actions import join_duplicate
from tragt.web.people.models import Duplicate, Edge, Erasure, Person
from tragt.web.records.models import BulkChange, Field
from tragt.web.reports.models import Subscription
from tragt.web.shell.acting import COMMAND_LINE, Who
from tragt.web.webhooks.actions.endpoints import Draft, make_endpoint
from tragt.web.webhooks.models import Delivery

__all__ = ["ENTRIES", "Entry"]

Keys = dict[str, Any]
EVERYONE, SELLERS, MARKETING, MANAGERS, OWNERS = Role.VIEWER, Role.SELLER, Role.MARKETING, Role.MANAGER, Role.OWNER


@dataclass(frozen=True)
class Entry:
    """What is expected of an operation.

    Attributes:
        least: The least role that may.
        record: Whether it is about one record, so that the reach of sellers decides.
        changes: Whether it changes the record, so that the reach of their changes decides.
        everyones: Whether a seller must reach everyone's records to do it.
        all_seen: Whether a seller must see everyone's records to do it.
        lists: The parameter whose keys the list holds; empty where it is no list of records.
        mine: Whether the list holds what one has to do oneself, whatever else one sees.
        body: What is sent.
        query: What is asked for.
        before: What must have happened.
        done: With which status it is answered when it is done.
        found: Where the key of an item of the list stands.
    """

    least: Role = EVERYONE
    record: bool = False
    changes: bool = False
    everyones: bool = False
    all_seen: bool = False
    lists: str = ""
    mine: bool = False
    body: Callable[[Keys], Any] | None = None
    query: Callable[[Keys], Any] = field(default=lambda _keys: {})
    before: Callable[[Keys], None] = field(default=lambda _keys: None)
    done: int = 200
    found: str = "id"


def sees(**more: Any) -> Entry:
    """Reads a record."""
    return Entry(record=True, **more)


def changes(body: Callable[[Keys], Any] | None = None, *, least: Role = SELLERS, **more: Any) -> Entry:
    """Changes a record."""
    return Entry(least=least, record=True, changes=True, body=body, **more)


def keeps(body: Callable[[Keys], Any] | None = None, *, least: Role = MANAGERS, **more: Any) -> Entry:
    """Changes what belongs to nobody."""
    return Entry(least=least, body=body, **more)


def _fixed(keys: Keys) -> None:
    """The segment is a fixed one with nobody in it."""
    Segment.objects.filter(pk=keys["segment"]).update(live=False, query="")


def _close(keys: Keys) -> None:
    Deal.objects.filter(pk=keys["deal"]).update(status=Status.WON, closed=timezone.now())


def _renewed(keys: Keys) -> None:
    deal = Deal.objects.get(pk=keys["deal"])
    renewal = Deal.objects.create(
        name="Again", pipeline=deal.pipeline, stage=deal.stage, owner=deal.owner, currency="DKK", renewal_of=deal
    )
    keys["renewal"] = renewal.pk


def _renewable(keys: Keys) -> None:
    Pipeline.objects.filter(pk=keys["pipeline"]).update(renewal=keys["pipeline"])
    _close(keys)


def _moved(keys: Keys) -> None:
    move_deal(keys["deal"], keys["offer"], who=COMMAND_LINE)
    keys["move"] = Deal.objects.get(pk=keys["deal"]).moves.order_by("pk").last().pk  # type: ignore[union-attr]


def _marked(keys: Keys) -> None:
    Deal.objects.get(pk=keys["deal"]).tags.add(keys["tag_key"])


def _tagged_many(keys: Keys) -> None:
    change = BulkChange.objects.create(
        kind="person", act="tag", written=keys["tag_key"], before={"": []}, by_id=keys["user"]
    )
    keys["change"] = change.pk


def _delete(model: Any) -> None:
    model.objects.all().delete()


def _archived(model: Any, name: str) -> Callable[[Keys], None]:
    return lambda keys: model.objects.filter(pk=keys[name]).update(archived=timezone.now())


def _file(keys: Keys) -> dict[str, Any]:
    return {"kind": "deal", "key": keys["deal"], "file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}


def _on_path(keys: Keys) -> dict[str, Any]:
    return {"stage": keys["lead"]}


def _retire(keys: Keys) -> None:
    Field.objects.filter(pk=keys["field"]).update(retired=timezone.now())


def _rate(_keys: Keys) -> None:
    DayRates.objects.create(day="2026-01-02", per_euro={"DKK": "7.46"})


def _standing(keys: Keys) -> None:
    for person in Person.objects.exclude(pk=keys["another"]):
        Standing.objects.create(person=person, stage_id=keys["lead"])


def _stands(keys: Keys) -> None:
    Standing.objects.create(person_id=keys["person"], stage_id=keys["lead"], mql=timezone.now())


def _pair(keys: Keys) -> None:
    keys["pair"] = Duplicate.objects.create(first="u:own", second="u:other", reason="email").pk


def _joined(keys: Keys) -> None:
    _pair(keys)
    join_duplicate(keys["pair"], who=COMMAND_LINE)
    keys["merge"] = Edge.objects.get().pk


def _dismissed(keys: Keys) -> None:
    _pair(keys)
    Duplicate.objects.update(dismissed=timezone.now())


def _hook(keys: Keys) -> None:
    row, _secret = make_endpoint(
        Draft("Till", "https://hooks.example.org/b", []), who=Who.of(User.objects.get(email="boss@example.org"))
    )
    told = Delivery.objects.create(endpoint=row, type="deal.won", record=keys["deal"], at=timezone.now(), state="taken")
    keys |= {"webhook": row.pk, "message": told.pk}


def _report(keys: Keys) -> None:
    funnel = save(COMMAND_LINE, Funnel.of("Visited", "Paid"), "Shop")
    row = Subscription.objects.create(
        key="r" * 32, funnel=funnel, address="r@example.org", language="da", begins=timezone.now()
    )
    keys |= {"report": row.pk, "funnel": funnel.pk}


def _report_removed(keys: Keys) -> None:
    _report(keys)
    Subscription.objects.update(removed=timezone.now())


_NEW = count()
_DEFINITION = {"steps": [{"names": ["Visited"]}, {"names": ["Paid"]}]}


def _funnelled(keys: Keys) -> None:
    """A funnel with two versions and a link."""
    row = save(COMMAND_LINE, Funnel.of("Visited", "Paid"), "Shop")
    save(COMMAND_LINE, Funnel.of("Visited", "Asked", "Paid"), "Shop", saved=row)
    keys |= {"funnel": row.pk, "number": 1, "step": 1, "link": share(COMMAND_LINE, row, 7).link.pk}


def _counted(keys: Keys) -> None:
    """A funnel over events that are there, of somebody else each time: the lake keeps what a database takes back."""
    _funnelled(keys)
    file, ann = settings.TRAGT.home / "funnelled.csv", f"ann{next(_NEW)}"
    days = ((name, f"2026-01-0{day}") for day, name in enumerate(("Visited", "Asked", "Paid"), 1))
    file.write_text("person,event,time\n" + "".join(f"{ann},{name},{day}\n" for name, day in days))
    import_file(file, COMMAND_LINE, Options(zone="UTC"))


def _funnel_gone(keys: Keys) -> None:
    _funnelled(keys)
    SavedFunnel.objects.filter(pk=keys["funnel"]).update(deleted=timezone.now())


def _templated(keys: Keys) -> None:
    keys["code"] = "aida"


def _chosen(_keys: Keys) -> Keys:
    return {"steps": [{"code": "heard", "event": "Visited"}, {"code": "bought", "event": "Paid"}]}


def _leaking(keys: Keys) -> None:
    funnel = save(COMMAND_LINE, Funnel.of("Visited", "Paid"))
    keys["leak"] = leaking(funnel).pk


def _alarmed(keys: Keys) -> None:
    keys["alarm"] = alarm_of(save(COMMAND_LINE, Funnel.of("Visited", "Paid"))).pk


def _targeted(keys: Keys) -> None:
    row = set_targets(COMMAND_LINE, save(COMMAND_LINE, Funnel.of("Visited", "Paid")), {"Paid": 0.3})
    keys |= {"funnel": row.pk, "change": row.dated_targets.get().pk}


def _trending(keys: Keys) -> None:
    _targeted(keys)
    row = SavedFunnel.objects.get(pk=keys["funnel"])
    asked = ask(row.funnel, row.saved_period)
    held = Trend(Every.WEEK, (), cut=False, timeless=False, as_of=timezone.now(), computed=timezone.now(), took_ms=1)
    keep_trend(asked, held)


def _annotated(keys: Keys) -> None:
    keys["annotation"] = annotate(COMMAND_LINE, Noted("Fair", date(2026, 1, 2))).pk


def _annotation_removed(keys: Keys) -> None:
    _annotated(keys)
    remove_annotation(COMMAND_LINE, keys["annotation"])


def _believed(keys: Keys) -> None:
    keys["hypothesis"] = Hypothesis.objects.create(belief="They do not see the point.").pk


def _disbelieved(keys: Keys) -> None:
    keys["hypothesis"] = Hypothesis.objects.create(belief="They do.", deleted=timezone.now()).pk


def _placed(keys: Keys) -> None:
    keys |= {"leak": "stuck", "stage": "meeting"}


def _erased(keys: Keys) -> None:
    keys["erasure"] = Erasure.objects.create(kind="erase", asked=timezone.now()).pk


ENTRIES: dict[str, Entry] = {
    # who asks, and what the organisation has
    "read_me": Entry(),
    "list_users": Entry(),
    "read_user": Entry(),
    "list_teams": Entry(),
    "read_team": Entry(),
    "list_tags": Entry(),
    "list_fields": Entry(),
    "read_field": Entry(),
    "make_custom_field": keeps(lambda _: {"kind": "deal", "code": "hue", "title": "Hue"}, done=201),
    "change_custom_field": keeps(lambda _: {"title": "Sizes"}),
    "retire_custom_field": keeps(),
    "restore_custom_field": keeps(before=_retire),
    "read_list": Entry(),
    "choose_list_columns": Entry(body=lambda _: {"columns": ["name"]}),
    "undo_change": Entry(SELLERS, before=_tagged_many),
    "search_records": Entry(query=lambda _: {"q": "Person"}, lists="person"),
    "list_rates": Entry(MANAGERS),
    "read_rates": Entry(MANAGERS, before=_rate),
    "put_rate": Entry(OWNERS, body=lambda _: {"per_euro": "7.46"}),
    "upload_rates": Entry(OWNERS, body=lambda _: b"Date,DKK\n2026-01-02,7.46\n"),
    # persons
    "list_persons": Entry(lists="person"),
    "export_persons": Entry(MARKETING),
    "change_many_persons": Entry(SELLERS, body=lambda keys: {"do": "tag", "tag": "VIP", "keys": [keys["person"]]}),
    "read_person": sees(),
    "add_person": Entry(SELLERS, body=lambda _: {"name": "New", "email": "new@example.org"}, done=201),
    "change_person": changes(lambda _: {"name": "Other name"}),
    "assign_person": changes(lambda keys: {"owner": keys["user"]}),
    "tag_person": changes(),
    "untag_person": changes(),
    "read_person_timeline": sees(),
    "export_person_data": sees(least=MARKETING),
    "erase_person": changes(lambda _: {"kind": "anonymise"}, least=MANAGERS, done=202),
    "tell_many_persons": Entry(SELLERS, body=lambda _: {"items": [{"email": "new@example.org", "name": "New"}]}),
    "read_erasure": Entry(MANAGERS, before=_erased),
    # companies
    "list_companies": Entry(lists="company"),
    "export_companies": Entry(MARKETING),
    "change_many_companies": Entry(
        SELLERS, body=lambda keys: {"do": "assign", "owner": None, "keys": [keys["company"]]}
    ),
    "read_company": sees(),
    "add_company": Entry(SELLERS, body=lambda _: {"name": "New A/S"}, done=201),
    "change_company": changes(lambda _: {"name": "Other A/S"}),
    "assign_company": changes(lambda keys: {"owner": keys["user"]}),
    "tag_company": changes(),
    "untag_company": changes(),
    "read_company_timeline": sees(),
    "tell_many_companies": Entry(SELLERS, body=lambda _: {"items": [{"name": "New A/S"}]}),
    # who is who: pairs name persons of every owner
    "list_duplicates": Entry(SELLERS, everyones=True),
    "join_pair": Entry(SELLERS, everyones=True, before=_pair),
    "part_pair": Entry(SELLERS, everyones=True, before=_joined, done=204),
    "dismiss_pair": Entry(SELLERS, everyones=True, before=_pair, done=204),
    "recall_pair": Entry(SELLERS, everyones=True, before=_dismissed, done=204),
    "look_for_duplicates": Entry(SELLERS, everyones=True, done=202),
    "merge_persons": Entry(
        SELLERS, everyones=True, body=lambda keys: {"first": keys["person"], "second": keys["another"]}, done=201
    ),
    "unmerge_persons": Entry(SELLERS, everyones=True, before=_joined),
    # deals
    "list_deals": Entry(lists="deal"),
    "export_deals": Entry(MARKETING),
    "change_many_deals": Entry(SELLERS, body=lambda _: {"do": "untag", "tag": "VIP"}),
    "read_deal": sees(),
    "open_deal": Entry(SELLERS, body=lambda keys: {"name": "New", "stage": keys["stage"]}, done=201),
    "change_deal": changes(lambda _: {"name": "Other"}),
    "change_deals": Entry(
        SELLERS, body=lambda keys: {"items": [{"do": "open", "deal": {"name": "New", "stage": keys["stage"]}}]}
    ),
    "remove_deal": changes(least=MANAGERS, done=204),
    "tag_deal": changes(),
    "untag_deal": changes(before=_marked),
    "read_renewal": sees(before=_renewed),
    "list_moves": sees(),
    "move_deal": changes(lambda keys: {"stage": keys["offer"]}),
    "win_deal": changes(lambda _: {}),
    "lose_deal": changes(lambda keys: {"reason": keys["reason"]}),
    "reopen_deal": changes(lambda _: {}, before=_close),
    "renew_deal": changes(before=_renewable, done=201),
    "take_move_back": changes(lambda keys: {"move": keys["move"]}, before=_moved),
    "list_members": sees(),
    "add_member": changes(lambda _: {"name": "New", "email": "new@example.org", "role": "user"}, done=201),
    "change_member": changes(lambda _: {"role": "decider"}),
    "end_membership": changes(done=204),
    "list_lines": sees(),
    "add_line": changes(lambda _: {"text": "More", "price": 100}, done=201),
    "change_line": changes(lambda _: {"price": 100}),
    "remove_line": changes(done=204),
    "read_deal_timeline": sees(),
    # activities
    "list_activities": Entry(lists="activity"),
    "read_today": Entry(lists="activity", mine=True),
    "read_activity": sees(),
    "add_activity": sees(
        least=SELLERS, body=lambda keys: {"kind": "note", "text": "Said so", "deal": keys["deal"]}, done=201
    ),
    "change_activity": changes(lambda _: {"title": "Call again"}),
    "finish_activity": changes(lambda _: {}),
    "reopen_activity": changes(before=lambda keys: keys.update(activity=keys["done"])),
    "remove_activity": changes(done=204),
    # segments
    "list_segments": Entry(),
    "read_segment": Entry(),
    "save_segment": keeps(
        lambda _: {"kind": "deal", "name": "All", "live": False, "filter": ""}, least=SELLERS, done=201
    ),
    "change_segment": keeps(lambda _: {"name": "Others"}, least=SELLERS),
    "remove_segment": keeps(least=SELLERS, done=204),
    "bring_back_segment": keeps(
        least=SELLERS, before=lambda keys: Segment.objects.filter(pk=keys["segment"]).update(deleted=timezone.now())
    ),
    "copy_segment": keeps(lambda _: {"name": "Copy"}, least=SELLERS, done=201),
    "list_segment_members": Entry(lists="deal"),
    "add_segment_members": keeps(lambda keys: {"records": [keys["deal"]]}, least=SELLERS, before=_fixed),
    "remove_segment_members": keeps(lambda keys: {"records": [keys["deal"]]}, least=SELLERS, before=_fixed),
    # products, pipelines, lifecycle, reasons
    "list_products": Entry(),
    "read_product": Entry(),
    "add_product": keeps(lambda _: {"name": "Bulb"}, done=201),
    "change_product": keeps(lambda _: {"name": "Lamps"}),
    "archive_product": keeps(),
    "bring_back_product": keeps(before=_archived(Product, "product")),
    "list_markets": Entry(),
    "read_market": Entry(),
    "change_market": keeps(lambda _: {"deciders": 3}),
    "list_templates": Entry(MANAGERS),
    "list_pipelines": Entry(),
    "make_pipeline": keeps(lambda _: {"template": "b2b", "name": "Second"}, done=201),
    "read_pipeline": Entry(),
    "change_pipeline": keeps(lambda _: {"name": "Sale"}),
    "shift_pipeline": keeps(lambda _: {"by": 1}, done=204),
    "archive_pipeline": keeps(before=lambda _: _delete(Deal)),
    "bring_back_pipeline": keeps(before=_archived(Pipeline, "pipeline")),
    "order_stages": keeps(lambda keys: {"stages": [keys["offer"], keys["stage"]]}),
    "count_stages": Entry(MANAGERS),
    "list_pipeline_versions": Entry(),
    "read_board": Entry(),
    "add_stage": keeps(lambda _: {"name": "Close"}, done=201),
    "list_stages": Entry(),
    "read_stage": Entry(),
    "change_stage": keeps(lambda _: {"name": "Needs"}),
    "remove_stage": keeps(before=lambda keys: Deal.objects.filter(stage=keys["stage"]).update(stage=keys["offer"])),
    "bring_back_stage": keeps(
        before=lambda keys: Stage.objects.filter(pk=keys["stage"]).update(removed=timezone.now())
    ),
    "read_lifecycle": Entry(),
    "list_standings": Entry(lists="person", before=_standing, found="person"),
    "read_standing": sees(),
    "enter_stage": changes(_on_path),
    "set_mark": changes(before=_stands),
    "take_mark": changes(before=_stands),
    "list_passages": sees(),
    "list_person_deals": sees(),
    "list_reasons": Entry(),
    "read_reason": Entry(),
    "add_reason": keeps(lambda _: {"name": "Too late"}, done=201),
    "rename_reason": keeps(lambda _: {"name": "Too slow"}),
    "shift_reason": keeps(lambda _: {"by": 1}, done=204),
    "archive_reason": keeps(),
    "bring_back_reason": keeps(before=_archived(LostReason, "reason")),
    # funnels
    "list_funnels": Entry(),
    "read_funnel": Entry(before=_funnelled),
    "save_funnel": keeps(lambda _: {"definition": _DEFINITION}, least=MARKETING, done=201),
    "change_funnel": keeps(lambda _: {"name": "Sales"}, least=MARKETING, before=_funnelled),
    "delete_funnel": keeps(least=MARKETING, before=_funnelled, done=204),
    "bring_back_funnel": keeps(least=MARKETING, before=_funnel_gone),
    "follow_pipeline": Entry(),
    "list_funnel_versions": Entry(before=_funnelled),
    "read_funnel_version": Entry(before=_funnelled),
    "restore_funnel_version": keeps(least=MARKETING, before=_funnelled),
    "read_funnel_figures": Entry(before=_counted),
    "list_funnel_units": Entry(all_seen=True, before=_counted),
    "list_funnel_templates": Entry(MARKETING),
    "use_funnel_template": keeps(_chosen, least=MARKETING, before=_templated, done=201),
    "list_funnel_links": Entry(MARKETING, before=_funnelled),
    "share_funnel": keeps(lambda _: {"days": 7}, least=MARKETING, before=_funnelled, done=201),
    "revoke_funnel_link": keeps(least=MARKETING, before=_funnelled, done=204),
    # the leak ledger
    "list_leaks": Entry(),
    "read_leak": Entry(before=_leaking),
    "list_alarms": Entry(),
    "read_alarm": Entry(before=_alarmed),
    "act_on_alarm": keeps(least=MARKETING, before=_alarmed),
    "snooze_alarm": keeps(lambda _: {"days": 7}, least=MARKETING, before=_alarmed),
    "read_alarm_settings": Entry(),
    "change_alarm_settings": keeps(lambda _: {"least": 1000}, least=MARKETING),
    # targets, trend, and what happened meanwhile
    "read_targets": Entry(before=_targeted),
    "say_targets": keeps(lambda _: {"shares": {"Paid": 0.4}}, least=MARKETING, before=_targeted),
    "take_back_target": keeps(least=MARKETING, before=_targeted),
    "read_trend": Entry(before=_trending),
    "list_annotations": Entry(),
    "note_annotation": keeps(lambda _: {"text": "Fair", "day": "2026-01-02"}, least=MARKETING, done=201),
    "read_annotation": Entry(before=_annotated),
    "change_annotation": keeps(lambda _: {"text": "Another fair"}, least=MARKETING, before=_annotated),
    "remove_annotation": keeps(least=MARKETING, before=_annotated, done=204),
    "bring_back_annotation": keeps(least=MARKETING, before=_annotation_removed),
    # hypotheses, and what to ask and try
    "list_hypotheses": Entry(),
    "read_hypothesis": Entry(before=_believed),
    "write_hypothesis": keeps(lambda _: {"belief": "They forget."}, least=SELLERS, done=201),
    "change_hypothesis": keeps(lambda _: {"belief": "They remember."}, least=SELLERS, before=_believed),
    "set_hypothesis_state": keeps(lambda _: {"state": "running"}, least=SELLERS, before=_believed),
    "list_hypothesis_log": Entry(before=_believed),
    "note_hypothesis": keeps(lambda _: {"text": "Asked three."}, least=SELLERS, before=_believed, done=201),
    "remove_hypothesis": keeps(least=SELLERS, before=_believed, done=204),
    "bring_back_hypothesis": keeps(least=SELLERS, before=_disbelieved),
    "list_remedies": Entry(),
    "read_leak_remedies": Entry(before=_leaking),
    "set_leak_stage": keeps(lambda _: {"stage": "close"}, least=MARKETING, before=_leaking),
    "read_remedy": Entry(before=_placed),
    "change_remedy": keeps(lambda _: {"questions": ["Who?"]}, least=MARKETING, before=_placed),
    "reset_remedy": keeps(least=MARKETING, before=_placed),
    # weekly reports
    "list_reports": Entry(MARKETING),
    "make_report": keeps(
        lambda keys: {"funnel": keys["funnel"], "to": "new@example.org"}, least=MARKETING, before=_report, done=201
    ),
    "read_report": Entry(MARKETING, before=_report),
    "change_report": keeps(lambda _: {"weekday": 4}, least=MARKETING, before=_report),
    "remove_report": keeps(least=MARKETING, before=_report, done=204),
    "restore_report": keeps(least=MARKETING, before=_report_removed),
    "list_sent_reports": Entry(MARKETING, before=_report),
    # webhooks
    "list_webhooks": Entry(MANAGERS),
    "make_webhook": keeps(
        lambda _: {"name": "Till", "address": "https://hooks.example.org/a"}, least=MANAGERS, done=201
    ),
    "read_webhook": Entry(MANAGERS, before=_hook),
    "change_webhook": keeps(lambda _: {"name": "Shop"}, least=MANAGERS, before=_hook),
    "remove_webhook": keeps(least=MANAGERS, before=_hook, done=204),
    "rotate_webhook_secret": keeps(least=MANAGERS, before=_hook),
    "test_webhook": keeps(least=MANAGERS, before=_hook, done=202),
    "replay_failed_messages": keeps(
        lambda _: {"since": "2026-01-01T00:00:00Z"}, least=MANAGERS, before=_hook, done=202
    ),
    "list_webhook_messages": Entry(MANAGERS, before=_hook),
    "read_webhook_message": Entry(MANAGERS, before=_hook),
    "replay_webhook_message": keeps(least=MANAGERS, before=_hook, done=202),
    # files
    "list_files": sees(query=lambda keys: {"kind": "deal", "key": keys["deal"]}),
    "add_file": changes(_file, done=201),
    "read_file": sees(),
    "rename_file": changes(lambda _: {"name": "Final.pdf"}),
    "remove_file": changes(done=204),
    "restore_file": changes(before=lambda keys: File.objects.filter(pk=keys["file"]).update(removed=timezone.now())),
    "read_file_content": sees(),
}
