"""Addresses of the app `demonstration`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.demonstration import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.standing, name="demonstration"),
    path("load/", views.load, name="demonstration_load"),
    path("remove/", views.remove, name="demonstration_remove"),
]
