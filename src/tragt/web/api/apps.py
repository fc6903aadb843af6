"""The app `api`."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """What the REST API is made from; the apps above bring its operations."""

    name = "tragt.web.api"
    label = "tragt_api"
    default_auto_field = "django.db.models.BigAutoField"
