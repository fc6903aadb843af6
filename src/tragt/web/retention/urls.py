"""Addresses of the app `retention`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.retention import views

app_name = "retention"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.rules, name="rules"),
    path("<str:code>/", views.rule, name="rule"),
    path("<str:code>/count/", views.count, name="count"),
]
