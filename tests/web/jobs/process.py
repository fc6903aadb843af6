"""A process of the installation under test: ``worker``, or ``control``, which does what lines on its input say."""

import json
import os
import sys
from datetime import timedelta
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tragt.web.project.settings"

import django
from django.conf import settings

# The apps above these are not needed, and take seconds to load in each process.
NEEDED = {f"tragt.web.{name}" for name in ("accounts", "mail", "jobs", "shell")}
settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if not app.startswith("tragt.") or app in NEEDED]
if "sqlite3" in settings.DATABASES["default"]["ENGINE"]:
    settings.DATABASES["default"]["OPTIONS"]["timeout"] = 0.2
django.setup()


from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.web.jobs import kinds  # noqa: E402
from tragt.web.jobs import queries, registry, worker  # noqa: E402
from tragt.web.jobs.actions import cancel, enqueue  # noqa: E402
from tragt.web.jobs.models import UNFINISHED, Due, Job, Worker  # noqa: E402
from tragt.web.jobs.pulse import Pace  # noqa: E402
from tragt.web.shell.acting import SYSTEM  # noqa: E402

PACE = Pace(poll=0.05, tick=0.05, beat=0.3, silence=7, plan=0.05)


def control(order: dict[str, Any]) -> object:
    match order["do"]:
        case "migrate":
            return call_command("migrate", verbosity=0, skip_checks=True)
        case "enqueue":
            later = timezone.now() + timedelta(seconds=order["later"])
            return enqueue(registry.find(order["name"]), SYSTEM, run_after=later, **order["arguments"]).pk
        case "cancel":
            return cancel(Job.objects.get(pk=order["job"]), SYSTEM).state
        case "job":
            row = Job.objects.get(pk=order["job"])
            names = ("state", "attempts", "deaths", "done", "total", "text", "worker", "error_code")
            return {name: getattr(row, name) for name in names}
        case "due":
            return Due.objects.filter(name=kinds.tick.name).update(next=timezone.now() - timedelta(seconds=1))
        case "seen":
            return {worker.pk: worker.seen.isoformat() for worker in Worker.objects.all()}
        case "due_now":
            return Due.objects.filter(name=kinds.tick.name, next__lte=timezone.now()).count()
        case "unfinished":
            return Job.objects.filter(state__in=UNFINISHED).count()
        case "workers":
            lasting = Worker.objects.filter(lasting=True)
            return [sorted(lasting.values_list("pk", flat=True)), queries.worker_alive()]
    raise AssertionError(order)


if sys.argv[1] == "worker":
    worker.run(pace=PACE)
else:
    for line in sys.stdin:
        print(json.dumps(control(json.loads(line))), flush=True)
