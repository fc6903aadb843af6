"""Addresses of the app `records`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.records.views import bulk, fields, lists, search, tags

urlpatterns: list[URLPattern | URLResolver] = [
    path("records/<str:kind>/columns/", lists.columns, name="records_columns"),
    path("records/<str:kind>/many/", bulk.many, name="records_many"),
    path("records/<str:kind>/many/<int:key>/undo/", bulk.undo, name="records_many_undo"),
    path("records/<str:kind>/<int:key>/tags/", tags.mark, name="records_tags"),
    path("search/", search.results, name="search_results"),
    path("settings/fields/", fields.first, name="fields"),
    path("settings/fields/<str:kind>/", fields.fields, name="records_fields"),
    path("settings/fields/<str:kind>/new/", fields.new, name="records_field_new"),
    path("settings/fields/<int:key>/change/", fields.change, name="records_field"),
    path("settings/fields/<int:key>/retire/", fields.retire, name="records_field_retire"),
]
