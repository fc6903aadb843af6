"""Addresses of the app `shell`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.shell import design, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", views.choose_language, name="language"),
    path("theme/", views.choose_theme, name="theme"),
    path("palette/", views.find, name="palette"),
    path("settings/", views.all_settings, name="settings"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("design/", design.show, name="design"),
]
