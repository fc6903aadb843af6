"""Addresses of the app `jobs`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.jobs import views

app_name = "jobs"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.listing, name="list"),
    path("<int:key>/", views.detail, name="detail"),
    path("<int:key>/progress/", views.progress, name="progress"),
    path("<int:key>/cancel/", views.cancel, name="cancel"),
]
