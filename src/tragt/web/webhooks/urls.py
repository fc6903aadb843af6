"""Addresses of the app `webhooks`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.webhooks import views

app_name = "webhooks"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("<int:key>/", views.one, name="one"),
    path("<int:key>/pause/", views.pause, name="pause"),
    path("<int:key>/resume/", views.resume, name="resume"),
    path("<int:key>/remove/", views.remove, name="remove"),
    path("<int:key>/secret/", views.rotate, name="rotate"),
    path("<int:key>/test/", views.test, name="test"),
    path("<int:key>/again/", views.again, name="again"),
    path("<int:key>/messages/<int:message>/", views.message, name="message"),
    path("<int:key>/messages/<int:message>/again/", views.message_again, name="message_again"),
]
