"""Addresses of the app `leaks`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.leaks import alarm_views, views

app_name = "leaks"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.ledger, name="list"),
    path("leaks.csv", views.table, name="csv"),
    path("<int:key>/", views.one, name="one"),
    path("funnels/<int:key>/", views.judging, name="judging"),
    path("alarms/", alarm_views.alarms, name="alarms"),
    path("alarms/<int:key>/act/", alarm_views.act, name="alarm_act"),
    path("alarms/<int:key>/snooze/", alarm_views.snooze, name="alarm_snooze"),
    path("alarms/mails/", alarm_views.mails, name="alarm_mails"),
    path("alarms/attention/", alarm_views.attention, name="alarm_attention"),
]
