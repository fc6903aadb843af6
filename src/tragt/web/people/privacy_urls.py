"""Addresses of the settings page for personal data."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.people.views import privacy

urlpatterns: list[URLPattern | URLResolver] = [
    path("", privacy.privacy, name="privacy"),
    path("export/", privacy.export, name="privacy_export"),
    path("confirm/", privacy.confirm, name="privacy_confirm"),
    path("remove/", privacy.remove, name="privacy_remove"),
]
