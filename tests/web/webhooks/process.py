"""A process of an installation of its own: ``make`` makes it and something to tell, ``worker`` sends it."""

import os
import sys
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "tragt.web.project.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from tragt.web.accounts.models import Organisation, Role, User  # noqa: E402
from tragt.web.jobs import worker  # noqa: E402
from tragt.web.jobs.pulse import Pace  # noqa: E402
from tragt.web.people.actions.adding import add_person  # noqa: E402
from tragt.web.shell.acting import Who  # noqa: E402
from tragt.web.webhooks.actions import sending  # noqa: E402
from tragt.web.webhooks.actions.endpoints import Draft, make_endpoint  # noqa: E402


def make(address: str) -> None:
    call_command("migrate", verbosity=0, skip_checks=True)
    Organisation.objects.create(pk=1, name="Nordlys", time_zone="Europe/Copenhagen", currency="DKK", language="en")
    who = Who.of(User.objects.create(email="owner@example.org", role=Role.OWNER))
    make_endpoint(Draft("Accounting", address, ["person.created"]), who=who)
    add_person({"name": "Bo"}, who)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        sending.LEASE = timedelta(seconds=2)
        worker.run(pace=Pace(poll=0.05, tick=0.05, beat=0.2, silence=3, plan=0.2))
