"""Addresses of the app `crm`."""

from django.urls import URLPattern, URLResolver, include, path

from tragt.web.crm.views import (
    activities,
    board,
    deals,
    lifecycle,
    live,
    moving,
    parts,
    person_deals,
    readings,
    removing,
    today,
)
from tragt.web.records.views import listing, listing_file

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/", include("tragt.web.crm.settings_urls")),
    path("today/", today.today, name="today"),
    path("activities/add/", activities.add, name="activities_add"),
    path("activities/of/<slug:kind>/<int:key>/", activities.of_record, name="activities_of"),
    path("activities/<int:key>/", activities.activity, name="activity"),
    path("activities/<int:key>/finish/", activities.finish, name="activities_finish"),
    path("activities/<int:key>/reopen/", activities.reopen, name="activities_reopen"),
    path("activities/<int:key>/remove/", activities.remove, name="activities_remove"),
    path("lifecycle/<int:key>/", lifecycle.lead, name="lead"),
    path("pipeline/", board.begin, name="pipeline"),
    path("pipeline/<int:key>/", board.show, name="board"),
    path("pipeline/<int:key>/part/", board.part, name="board_part"),
    path("pipeline/<int:key>/live/", live.follow, name="board_live"),
    path("deals/", listing, {"kind": "deal"}, name="deals"),
    path("deals/list.<str:ending>", listing_file, {"kind": "deal"}, name="deals_file"),
    path("imports/<int:key>/words/", readings.words, name="file_words"),
    path("people/<int:key>/deals/", person_deals.person_deals, name="person_deals"),
    path("deals/new/", deals.new, name="new_deal"),
    path("deals/people/", parts.people_found, name="people_found"),
    path("deals/companies/", parts.companies_found, name="companies_found"),
    path("deals/<int:key>/", deals.show, name="deal"),
    path("deals/<int:key>/timeline/", deals.timeline, name="deal_timeline"),
    path("deals/<int:key>/timeline/touch/", deals.touch, name="deal_touch"),
    path("deals/<int:key>/move/", moving.move, name="move"),
    path("deals/<int:key>/undo/", moving.undo, name="undo_move"),
    path("deals/<int:key>/reopen/", moving.reopen, name="reopen_deal"),
    path("deals/<int:key>/renew/", moving.renew, name="renew_deal"),
    path("deals/<int:key>/remove/", removing.remove, name="remove_deal"),
    path("deals/<int:key>/edit/<slug:name>/", parts.edit, name="edit_deal"),
    path("deals/<int:key>/people/", parts.committee, name="committee"),
    path("deals/<int:key>/lines/", parts.lines, name="lines"),
    path("deals/<int:key>/lines/<int:line>/", parts.line, name="line"),
]
