"""Addresses of the app `leaks`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.leaks import views

app_name = "leaks"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.ledger, name="list"),
    path("leaks.csv", views.table, name="csv"),
    path("<int:key>/", views.one, name="one"),
    path("funnels/<int:key>/", views.judging, name="judging"),
]
