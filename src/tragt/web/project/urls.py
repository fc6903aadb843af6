"""Which address leads to which app."""

from django.urls import include, path

from tragt.web.api.views import docs
from tragt.web.project.failing import failed
from tragt.web.project.health import healthz
from tragt.web.project.later import Later

handler500 = failed

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/docs", docs, name="api_docs"),
    Later("api/v1/", "tragt.web.project.api", "api"),
    path("", include("tragt.web.overview.urls")),
    path("", include("tragt.web.shell.urls")),
    path("demonstration/", include("tragt.web.demonstration.urls")),
    path("funnels/", include("tragt.web.funnels.urls")),
    path("leaks/", include("tragt.web.leaks.urls")),
    path("hypotheses/", include("tragt.web.hypotheses.urls")),
    path("reports/", include("tragt.web.reports.urls")),
    path("", include("tragt.web.crm.urls")),
    path("imports/", include("tragt.web.imports.urls")),
    path("files/", include("tragt.web.files.urls")),
    path("", include("tragt.web.webforms.urls")),
    path("", include("tragt.web.collect.urls")),
    path("", include("tragt.web.lexicon.urls")),
    path("settings/webhooks/", include("tragt.web.webhooks.urls")),
    path("settings/retention/", include("tragt.web.retention.urls")),
    path("settings/currencies/", include("tragt.web.money.urls")),
    path("jobs/", include("tragt.web.jobs.urls")),
    path("people/", include("tragt.web.people.urls")),
    path("", include("tragt.web.records.urls")),
    path("settings/privacy/", include("tragt.web.people.privacy_urls")),
    path("settings/mail/", include("tragt.web.mail.urls")),
    path("", include("tragt.web.accounts.urls")),
]
