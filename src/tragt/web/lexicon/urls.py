"""Addresses of the app `lexicon`. A name may hold any sign, so it stands in the query."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.lexicon import views

app_name = "lexicon"
urlpatterns: list[URLPattern | URLResolver] = [
    path("events/", views.listing, name="events"),
    path("events/event/", views.event, name="event"),
    path("events/property/", views.of_property, name="property"),
    path("events/hide/", views.hide, name="hide"),
    path("events/spellings/", views.spellings, name="spellings"),
    path("events/spellings/merge/", views.merge, name="merge"),
    path("events/spellings/apart/", views.keep_apart, name="apart"),
    path("events/spellings/<int:key>/undo/", views.unmerge, name="unmerge"),
]
