"""Django's settings, made from the configuration. Importing this writes nothing."""

from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.allauth_settings import settings_of_sign_in
from tragt.web.mail.address import delivery_of, sender_of
from tragt.web.project.configuration import SECRET, load
from tragt.web.project.noise import levels

TRAGT = load()

_secret_file = TRAGT.home / SECRET
SECRET_KEY = TRAGT.secret_key or (_secret_file.read_text().strip() if _secret_file.is_file() else "")
DEBUG = False
ROOT_URLCONF = "tragt.web.project.urls"
ASGI_APPLICATION = "tragt.web.project.asgi.application"
AUTH_USER_MODEL = "tragt_accounts.User"

_host = TRAGT.public_address.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", _host]
CSRF_TRUSTED_ORIGINS = [TRAGT.public_address]
SECURE = TRAGT.public_address.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SESSION_COOKIE_NAME = "tragt_session"
CSRF_COOKIE_NAME = "tragt_csrf"
LANGUAGE_COOKIE_NAME = "tragt_language"
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
FILE_UPLOAD_TEMP_DIR = str(TRAGT.arriving[0])
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 2**20

INSTALLED_APPS = [
    "tragt.web.backup",
    "tragt.web.overview",
    "tragt.web.reports",
    "tragt.web.retention",
    "tragt.web.demonstration",
    "tragt.web.hypotheses",
    "tragt.web.leaks",
    "tragt.web.funnels",
    "tragt.web.webhooks",
    "tragt.web.crm",
    "tragt.web.imports",
    "tragt.web.webforms",
    "tragt.web.collect",
    "tragt.web.files",
    "tragt.web.people",
    "tragt.web.records",
    "tragt.web.lexicon",
    "tragt.web.outbox",
    "tragt.web.log",
    "tragt.web.inbox",
    "tragt.web.money",
    "tragt.web.api",
    "tragt.web.accounts",
    "tragt.web.mail",
    "tragt.web.jobs",
    "tragt.web.shell",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "anymail",
    "lucide",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "tragt.web.project.streaming.StreamingMiddleware",
    "tragt.web.files.serving.CookielessMiddleware",
    "tragt.web.files.arriving.BoundMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tragt.web.shell.language.LanguageMiddleware",
    "tragt.web.shell.fragments.FragmentMiddleware",
    "tragt.web.accounts.middleware.EntranceMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tragt.web.shell.context.shell",
            ],
        },
    }
]

FORM_RENDERER = "tragt.web.shell.drawing.Drawing"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# ---------------------------------------------------------------- database

DATABASES = {"default": dj_database_url.parse(TRAGT.database, conn_max_age=60, conn_health_checks=True)}
INBOX = "default"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    _begin = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; "
    _options = {"transaction_mode": "IMMEDIATE", "timeout": 20}
    # Pages of the file are read where they lie in memory: to find a row costs half of what a call to the system does.
    _records = "PRAGMA secure_delete=ON; PRAGMA mmap_size=2147418112;"
    DATABASES["default"]["OPTIONS"] = {**_options, "init_command": _begin + _records}
    # What goes through the inbox goes within seconds: writing zeros over all of it would double its work. An erasure
    # writes the file anew.
    _inbox = {**_options, "init_command": _begin + "PRAGMA secure_delete=FAST;"}
    INBOX = "inbox"
    DATABASES[INBOX] = {**DATABASES["default"], "NAME": TRAGT.inbox, "OPTIONS": _inbox}
DATABASE_ROUTERS = ["tragt.web.project.routing.InboxRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIGRATION_MODULES: dict[str, str] = {}

CACHES = {
    "default": {
        "BACKEND": "tragt.web.project.keeping.HomeCache",
        "LOCATION": str(TRAGT.home / "cache" / "pages"),
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 2000},
    }
}

# ---------------------------------------------------------------- languages

LANGUAGE_CODE = TRAGT.language
LANGUAGES = [("en", _("English")), ("da", _("Danish")), ("sv", _("Swedish")), ("nb", _("Norwegian"))]
LOCALE_PATHS = [str(Path(__file__).resolve().parent.parent / "locale")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# ---------------------------------------------------------------- files

STATIC_URL = "/static/"
STATIC_ROOT = None  # WhiteNoise serves the files from where the packages keep them
WHITENOISE_USE_FINDERS = True

# ---------------------------------------------------------------- sign-in

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
globals().update(settings_of_sign_in(TRAGT))

# ---------------------------------------------------------------- mail

globals().update(delivery_of(TRAGT.mail_url).django())
DEFAULT_FROM_EMAIL = SERVER_EMAIL = sender_of(TRAGT.mail_from)

# ---------------------------------------------------------------- connections to others

ALLOW_PRIVATE_ADDRESSES = TRAGT.allow_private_addresses == "yes"

# ---------------------------------------------------------------- what is said in the terminal

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"brief": {"()": "tragt.web.project.noise.Brief"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["brief"]}},
    "loggers": levels(TRAGT.log_level),
    "root": {"handlers": ["terminal"], "level": TRAGT.log_level.upper()},
}
