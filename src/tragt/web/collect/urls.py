"""Addresses of the app `collect`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.collect import views

app_name = "collect"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sources/", views.listing, name="sources"),
    path("sources/<int:key>/", views.one, name="source"),
    path("sources/turned-away/", views.turned_away, name="turned_away"),
    path("sources/turned-away/again/", views.again, name="again"),
    path("sources/turned-away/throw-away/", views.throw_all, name="throw_all"),
    path("sources/turned-away/<int:key>/", views.call, name="call"),
    path("sources/turned-away/<int:key>/throw-away/", views.throw, name="throw"),
    path("settings/visitors/", views.visiting, name="visitors"),
    path("settings/visitors/networks/", views.new_networks, name="new_networks"),
    path("settings/visitors/networks/<int:key>/", views.networks, name="networks"),
    path("settings/visitors/networks/<int:key>/remove/", views.remove_networks, name="remove_networks"),
    path("live/", views.live, name="live"),
    path("live/stream/", views.live_stream, name="live_stream"),
    path("live/event/", views.live_event, name="live_event"),
]
