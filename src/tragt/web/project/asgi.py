"""The application as the server calls it."""

import os

from django.core.asgi import get_asgi_application

from tragt.web.project.parentage import SERVER, when_orphaned

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tragt.web.project.settings")

application = get_asgi_application()

if SERVER in os.environ:
    when_orphaned(int(os.environ[SERVER]), lambda: os._exit(1))
