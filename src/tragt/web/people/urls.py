"""Addresses of the app `people`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.people.views import adding, duplicates, editing, records
from tragt.web.records.views import listing, listing_file

urlpatterns: list[URLPattern | URLResolver] = [
    path("", listing, {"kind": "person"}, name="persons"),
    path("list.<str:ending>", listing_file, {"kind": "person"}, name="persons_file"),
    path("new/", adding.new_person, name="new_person"),
    path("companies/", listing, {"kind": "company"}, name="companies"),
    path("companies/list.<str:ending>", listing_file, {"kind": "company"}, name="companies_file"),
    path("companies/new/", adding.new_company, name="new_company"),
    path("companies/found/", adding.companies_found, name="person_companies_found"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/decide/", duplicates.decide, name="duplicates_decide"),
    path("duplicates/look/", duplicates.look, name="duplicates_look"),
    path("<int:key>/", records.person, name="person"),
    path("<int:key>/touch/", records.person_touch, name="person_touch"),
    path("<int:key>/edit/", editing.edit_person, name="edit_person"),
    path("<int:key>/edit/<slug:name>/", editing.edit_person_field, name="edit_person_field"),
    path("companies/<int:key>/", records.company, name="company"),
    path("companies/<int:key>/touch/", records.company_touch, name="company_touch"),
    path("companies/<int:key>/edit/", editing.edit_company, name="edit_company"),
    path("companies/<int:key>/edit/<slug:name>/", editing.edit_company_field, name="edit_company_field"),
]
