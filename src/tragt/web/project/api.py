"""The REST API: which app brings which operations."""

from tragt.web.api.about import router as about
from tragt.web.api.site import make_api, patterns
from tragt.web.crm.api.refusals import handle_refusals
from tragt.web.crm.api.routers import ROUTERS as CRM
from tragt.web.files.api import router as files
from tragt.web.leaks.api import router as leaks
from tragt.web.money.api import router as rates
from tragt.web.people.api.routers import ROUTERS as PEOPLE
from tragt.web.records.api.routers import ROUTERS as RECORDS
from tragt.web.webhooks.api import router as webhooks

__all__ = ["api", "urlpatterns"]

api = make_api(
    {"": about, **RECORDS, **PEOPLE, **CRM, "/rates": rates, "/files": files, "/leaks": leaks, "/webhooks": webhooks}
)
"""Everything under `/api/v1`."""

handle_refusals(api)

urlpatterns = patterns(api)
