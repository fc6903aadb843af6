"""The REST API: which app brings which operations."""

from tragt.web.api.about import router as about
from tragt.web.api.site import make_api, patterns
from tragt.web.crm.api.refusals import handle_refusals
from tragt.web.crm.api.routers import ROUTERS as CRM
from tragt.web.files.api import router as files
from tragt.web.funnels.api.routers import ROUTERS as FUNNELS
from tragt.web.hypotheses.api.routers import ROUTERS as HYPOTHESES
from tragt.web.leaks.alarm_api import router as alarms
from tragt.web.leaks.alarm_api import wanted as alarm_settings
from tragt.web.leaks.api import router as leaks
from tragt.web.money.api import router as rates
from tragt.web.people.api.routers import ROUTERS as PEOPLE
from tragt.web.records.api.routers import ROUTERS as RECORDS
from tragt.web.reports.api import router as reports
from tragt.web.webhooks.api import router as webhooks

__all__ = ["api", "urlpatterns"]

api = make_api(
    {
        "": about,
        **RECORDS,
        **PEOPLE,
        **CRM,
        "/rates": rates,
        "/files": files,
        **FUNNELS,
        "/leaks": leaks,
        "/alarms": alarms,
        "/alarm-settings": alarm_settings,
        **HYPOTHESES,
        "/reports": reports,
        "/webhooks": webhooks,
    }
)
"""Everything under `/api/v1`."""

handle_refusals(api)

urlpatterns = patterns(api)
