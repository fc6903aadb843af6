"""The application as the server calls it."""

import gc
import os
import signal

import django
from django.core.signals import request_finished
from django.db import connections

from tragt.web.project.failing import Application
from tragt.web.project.parentage import END_STREAMS, PARENT, when_orphaned

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tragt.web.project.settings")

django.setup(set_prefix=False)

from tragt.web.collect.asgi import Collector  # noqa: E402 - it reads tables, which the set-up must know first
from tragt.web.collect.streaming import end_streams  # noqa: E402 - as above

application = Collector(Application())

if connections["default"].vendor == "postgresql":
    # Each request has a thread of its own: what it leaves open nobody can use, and only the garbage collector closes.
    request_finished.connect(lambda **_: connections.close_all(), weak=False)

gc.freeze()  # what is loaded stays: looking through it for garbage would hold up answers

if PARENT in os.environ:
    signal.signal(END_STREAMS, lambda *_: end_streams())
    when_orphaned(int(os.environ[PARENT]), lambda: os._exit(1))
