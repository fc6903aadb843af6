"""Addresses of the app `people`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.people import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("duplicates/", views.duplicates, name="duplicates"),
    path("duplicates/decide/", views.decide, name="duplicates_decide"),
    path("duplicates/look/", views.look, name="duplicates_look"),
    path("<int:key>/", views.person, name="person"),
    path("<int:key>/touch/", views.person_touch, name="person_touch"),
    path("companies/<int:key>/", views.company, name="company"),
    path("companies/<int:key>/touch/", views.company_touch, name="company_touch"),
]
