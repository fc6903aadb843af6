"""Addresses of the app `files`."""

from django.urls import path

from tragt.web.files import views

urlpatterns = [
    path("open/<str:signed>/<str:name>", views.open_link, name="file_open"),
    path("of/<slug:kind>/<int:key>/", views.of_record, name="files_of"),
    path("of/<slug:kind>/<int:key>/add/", views.add, name="add_file"),
    path("<int:key>/", views.fetch, name="file"),
    path("<int:key>/rename/", views.rename, name="rename_file"),
    path("<int:key>/remove/", views.remove, name="remove_file"),
    path("<int:key>/restore/", views.restore, name="restore_file"),
]
