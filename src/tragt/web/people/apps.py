"""The app `people`."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Persons, companies, identity ledger, rights over personal data."""

    name = "tragt.web.people"
    label = "tragt_people"
    default_auto_field = "django.db.models.BigAutoField"
