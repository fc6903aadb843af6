"""Addresses of the settings page for personal data."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.people import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.privacy, name="privacy"),
    path("export/", views.export, name="privacy_export"),
    path("confirm/", views.confirm, name="privacy_confirm"),
    path("remove/", views.remove, name="privacy_remove"),
]
