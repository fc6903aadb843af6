"""Addresses of the app `people`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.people import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("duplicates/", views.duplicates, name="duplicates"),
    path("duplicates/decide/", views.decide, name="duplicates_decide"),
    path("duplicates/look/", views.look, name="duplicates_look"),
]
