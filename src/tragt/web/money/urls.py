"""Addresses of the app `money`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.money import views

app_name = "money"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.currencies, name="currencies"),
    path("file/", views.file, name="file"),
    path("rate/", views.rate, name="rate"),
]
