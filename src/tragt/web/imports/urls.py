"""Addresses of the app `imports`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.imports import views

app_name = "imports"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.listing, name="list"),
    path("<int:key>/", views.one, name="one"),
    path("<int:key>/columns/", views.columns, name="columns"),
    path("<int:key>/kind/", views.kind, name="kind"),
    path("<int:key>/preview/", views.preview, name="preview"),
    path("<int:key>/check/", views.check, name="check"),
    path("<int:key>/run/", views.run, name="run"),
    path("<int:key>/undo/", views.undo, name="undo"),
    path("<int:key>/discard/", views.discard, name="discard"),
    path("<int:key>/rejected.csv", views.rejected, name="rejected"),
]
