"""Django's settings under test: a home folder of the test process, quick passwords, the database that was asked for."""

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="tragt-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("TRAGT_")]:
    if _name not in ("TRAGT_SOAK_ROUNDS", "TRAGT_SHARED", "TRAGT_TEST_DATABASE_URL"):
        del os.environ[_name]
os.environ["TRAGT_HOME"] = _home
os.environ["TRAGT_SECRET_KEY"] = "only-for-tests"
os.environ["TRAGT_LOG_LEVEL"] = "error"
if os.environ.get("TRAGT_TEST_DATABASE_URL"):
    os.environ["TRAGT_DATABASE_URL"] = os.environ["TRAGT_TEST_DATABASE_URL"]

from tragt.web.project.settings import *  # noqa: E402, F403

FILE_UPLOAD_TEMP_DIR = _home
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

if INBOX != "default":  # noqa: F405 - from the settings
    DATABASES[INBOX]["TEST"] = {"MIGRATE": False}  # noqa: F405
