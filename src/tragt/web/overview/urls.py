"""Addresses of the app `overview`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.overview import views

urlpatterns: list[URLPattern | URLResolver] = [path("", views.overview, name="overview")]
