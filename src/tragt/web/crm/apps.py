"""The app `crm`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.rooms import ROOMS
from tragt.web.shell.rooms import Room, add_room, add_search
from tragt.web.shell.shortcuts import Shortcut, add_shortcut


class CrmConfig(AppConfig):
    """Deals, pipelines, lifecycle, activities."""

    name = "tragt.web.crm"
    label = "tragt_crm"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Open the rooms."""
        add_room(Room(_("Pipeline"), "pipeline", "square-kanban", 40, permission="deals.see"))
        add_shortcut(
            Shortcut(_("New deal"), _("make open sell opportunity"), "handshake", "new_deal", permission="deals.edit")
        )
        for title, words, query in (
            (_("Persons: qualified by marketing (MQL)"), _("mql leads marketing qualified"), "?mql.empty=no&sort=-mql"),
            (_("Persons: qualified by sales (SQL)"), _("sql leads sales qualified"), "?sql.empty=no&sort=-sql"),
            (_("Persons: too long in their stage"), _("leads lifecycle rotting"), "?rotting.is=yes"),
        ):
            add_shortcut(Shortcut(title, words, "list-filter", "persons", query, "people.see"))
        add_shortcut(
            Shortcut(_("Deals: rotting"), _("nothing done"), "list-filter", "deals", "?rotting.is=yes", "deals.see")
        )
        add_shortcut(
            Shortcut(_("Segments"), _("saved groups filter"), "users-round", "segments", permission="people.see")
        )
        add_room(Room(_("Today"), "today", "list-checks", 30, permission="deals.see"))
        for room in ROOMS:
            add_room(room)
        _show()
        _listen()


def _show() -> None:
    """Have lists, parts of the pages of persons and companies, and be found."""
    # Models are there only now.
    from tragt.web.crm.actions.planning import let_be_taken_back  # noqa: PLC0415
    from tragt.web.crm.activity_texts import ACTIVITY_TEXTS, find_activities  # noqa: PLC0415
    from tragt.web.crm.finding import find_products  # noqa: PLC0415
    from tragt.web.crm.kinds import DEAL  # noqa: PLC0415
    from tragt.web.crm.markets import market_panel  # noqa: PLC0415
    from tragt.web.crm.panels import panels, tell_timeline  # noqa: PLC0415
    from tragt.web.crm.person_columns import OF_PERSONS, READ_WITH_PERSONS  # noqa: PLC0415
    from tragt.web.crm.segment_columns import OF_SEGMENTS  # noqa: PLC0415
    from tragt.web.crm.views.segments import SAVE_CHOSEN  # noqa: PLC0415
    from tragt.web.people.panels import add_panels, add_teller  # noqa: PLC0415
    from tragt.web.records.actions.search_index import let_be_searched  # noqa: PLC0415
    from tragt.web.records.kinds import add_columns, add_kind  # noqa: PLC0415
    from tragt.web.records.parts import add_list_part  # noqa: PLC0415

    add_kind(DEAL)
    add_columns("person", "crm", OF_PERSONS, READ_WITH_PERSONS)
    for kind, columns in OF_SEGMENTS.items():
        add_columns(kind, "segments", columns)
    add_list_part(SAVE_CHOSEN)
    let_be_taken_back()
    add_panels(panels)
    add_panels(market_panel)
    add_teller(tell_timeline)
    add_search(find_products)
    let_be_searched(ACTIVITY_TEXTS)
    add_search(find_activities)


def _listen() -> None:
    """Hear what persons do and what is known of them, and be called by name in the audit."""
    # Models are there only now.
    from tragt.web.accounts.targets import add_namer  # noqa: PLC0415
    from tragt.web.collect.subscribers import subscribe  # noqa: PLC0415
    from tragt.web.crm.attachments import ACTIVITY_FILES  # noqa: PLC0415
    from tragt.web.crm.catalogues import PRODUCT_FILES, count_words, import_parts  # noqa: PLC0415
    from tragt.web.crm.hearing import after_change, hear_events  # noqa: PLC0415
    from tragt.web.crm.queries.activities import persons_with_activities  # noqa: PLC0415
    from tragt.web.crm.queries.deals import deal_names  # noqa: PLC0415
    from tragt.web.crm.queries.holding import persons_on_deals  # noqa: PLC0415
    from tragt.web.crm.queries.pipelines import pipeline_names, reason_names  # noqa: PLC0415
    from tragt.web.crm.queries.products import product_names  # noqa: PLC0415
    from tragt.web.crm.queries.segments import segment_names  # noqa: PLC0415
    from tragt.web.crm.receivers import after_import, after_tagging, after_undo  # noqa: PLC0415
    from tragt.web.files.holders import add_file_holder  # noqa: PLC0415
    from tragt.web.imports.beside import add_counter, add_parts  # noqa: PLC0415
    from tragt.web.imports.signals import imported, undone  # noqa: PLC0415
    from tragt.web.imports.targets import add_target  # noqa: PLC0415
    from tragt.web.people.holding import add_holder  # noqa: PLC0415
    from tragt.web.people.signals import persons_changed  # noqa: PLC0415
    from tragt.web.records.signals import tagged  # noqa: PLC0415

    add_namer("deal", deal_names)
    add_namer("pipeline", pipeline_names)
    add_namer("product", product_names)
    add_namer("reason", reason_names)
    add_namer("segment", segment_names)
    subscribe(hear_events)
    persons_changed.connect(after_change, dispatch_uid="crm.after_change")
    imported.connect(after_import, dispatch_uid="crm.after_import")
    undone.connect(after_undo, dispatch_uid="crm.after_undo")
    tagged.connect(after_tagging, dispatch_uid="crm.after_tagging")
    add_holder(persons_with_activities)
    add_holder(persons_on_deals)
    add_file_holder(ACTIVITY_FILES)
    add_target(PRODUCT_FILES)
    add_counter(count_words)
    add_parts(import_parts)
