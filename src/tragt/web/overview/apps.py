"""The app `overview`."""

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    """The first page: is the funnel healthy, what is missing."""

    name = "tragt.web.overview"
    label = "tragt_overview"
    default_auto_field = "django.db.models.BigAutoField"
