"""Addresses of the app `mail`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.mail import views

app_name = "mail"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.settings, name="settings"),
    path("test/", views.test, name="test"),
    path("<int:key>/", views.detail, name="detail"),
]
