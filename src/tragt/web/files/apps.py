"""The app `files`."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files on records."""

    name = "tragt.web.files"
    label = "tragt_files"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand on the pages of persons and companies, and hold on to persons with files."""
        # Models are there only now.
        from tragt.web.files.panels import panels  # noqa: PLC0415
        from tragt.web.files.queries import persons_with_files  # noqa: PLC0415
        from tragt.web.people.holding import add_holder  # noqa: PLC0415
        from tragt.web.people.panels import add_panels  # noqa: PLC0415

        add_panels(panels)
        add_holder(persons_with_files)
