"""Browser clients, unchanged, in a real browser on a page of another origin: what they are told to send arrives."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.web.collect.clients.calls import Arrived, Event
from tests.web.collect.clients.installation import Installation
from tests.web.collect.clients.site import Site

pytestmark = pytest.mark.long

LANDING = "/docs/start?utm_source=news&utm_medium=email&utm_campaign=Winter+sale"
CAMPAIGN = {"source": "news", "medium": "email", "name": "Winter sale"}
BEHIND = timedelta(hours=5)
ORDER = {"total": 9.5, "currency": "DKK", "note": "Blåbær 🫐 <b>&", "deal_id": "D-2"}
PATIENCE_MS = 15_000

# As each maker's documents set it up; what the page then calls is the same for both.
SEGMENT = """async ([key, address, batching]) => {
  const analytics = (window.analytics = []);
  analytics.methods = ["track", "page", "identify", "group", "alias", "ready", "on"];
  for (const method of analytics.methods)
    analytics[method] = (...given) => (analytics.push([method, ...given]), analytics);
  analytics._writeKey = key;
  analytics._cdn = address;
  if (batching) {
    const deliveryStrategy = {strategy: "batching", config: batching};
    analytics._loadOptions = {integrations: {"Segment.io": {deliveryStrategy}}};
  }
  const script = document.createElement("script");
  script.src = "/segment.js";
  document.head.append(script);
  await new Promise((done, fail) => (analytics.ready(done), setTimeout(fail, 10_000, "It is not ready.")));
  return window.analytics.user().anonymousId();
}"""
RUDDER = """async ([key, address, options]) => {
  const script = document.createElement("script");
  script.src = "/rudder.js";
  const loaded = new Promise((done) => (script.onload = done));
  document.head.append(script);
  await loaded;
  window.analytics = new window.rudderanalytics.RudderAnalytics();
  window.analytics.load(key, address, {configUrl: address, ...options});
  await new Promise((done, fail) => (analytics.ready(done), setTimeout(fail, 10_000, "It is not ready.")));
  return window.analytics.getAnonymousId();
}"""
# Each call is awaited: who the visitor is must not be known before a call that comes earlier is on its way.
CALLS = """async ([user, email, firm, order]) => {
  await analytics.page("Docs", "Home", {shelf: "new"});
  await analytics.track("Product Viewed", {product_id: "P-7", price: 129});
  await analytics.identify(user, {email, name: "Åse Ørsted", plan: "pro", seats: 12});
  await analytics.track("Order Completed", order);
  await analytics.group(firm, {name: "Initech", employees: 329});
  await analytics.alias(user + "-new", user);
}"""


@dataclass(frozen=True, slots=True)
class Client:
    """A browser client, as a site sets it up.

    Attributes:
        name: Whose it is, and how it sends.
        script: Sets it up in the page, and returns whom it takes the visitor for.
        options: What the site tells it besides.
        library: What it calls itself in its events.
        paths: Where it sends events to while the page is open; without any it sends as the visitor leaves.
    """

    name: str
    script: str
    options: object
    library: str
    paths: frozenset[str] = frozenset()


AJS, RUDDERLABS = "analytics.js", "RudderLabs JavaScript SDK"
BATCHES = {"batch": {"enabled": True, "maxItems": 3, "flushInterval": 300}}
KINDS = ("track", "page", "identify", "group", "alias")

CLIENTS = [
    Client("segment", SEGMENT, None, AJS, frozenset(f"/v1/{kind[0]}" for kind in KINDS)),
    Client("segment-batching", SEGMENT, {"size": 3, "timeout": 300}, AJS, frozenset({"/v1/b"})),
    Client("rudder", RUDDER, {}, RUDDERLABS, frozenset(f"/v1/{kind}" for kind in KINDS)),
    Client("rudder-batch", RUDDER, {"queueOptions": BATCHES}, RUDDERLABS, frozenset({"/v1/batch"})),
    Client("rudder-beacon", RUDDER, {"useBeacon": True}, RUDDERLABS),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for this module; its driver keeps an event loop, so no test here may touch the database."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium-headless-shell)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor on the landing page.

    Attributes:
        page: The page.
        asked: What it asked of other origins, by method and address.
        wrong: What its console shows as wrong.
    """

    page: Page
    asked: list[tuple[str, SplitResult]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Visit]:
    """The landing page in a browser whose clock is slow."""
    context = chromium.new_context(locale="da-DK")
    context.set_default_timeout(PATIENCE_MS)
    context.clock.install(time=datetime.now(UTC) - BEHIND)
    visit = Visit(context.new_page())
    visit.page.on("request", lambda asked: visit.asked.append((asked.method, urlsplit(asked.url))))
    visit.page.on("console", lambda said: visit.wrong.append(said.text) if said.type == "error" else None)
    visit.page.on("pageerror", lambda error: visit.wrong.append(str(error)))
    visit.page.goto(site.origin + LANDING)
    yield visit
    context.close()


def expected(client: Client, visitor: str) -> dict[str, Event]:
    """What must come of the calls, by the name of the event; a page adds what it knows of itself."""
    user, before = f"u:{client.name}-åse", f"a:{visitor}"
    traits = {"email": f"{client.name}@example.org", "name": "Åse Ørsted", "plan": "pro", "seats": 12}
    firm = {"name": "Initech", "employees": 329}
    page = {"name": "Home", "category": "Docs", "shelf": "new", "path": "/docs/start"}
    return {
        "Page Viewed": Event("Page Viewed", before, page),
        "Product Viewed": Event("Product Viewed", before, {"product_id": "P-7", "price": 129}),
        "Identified": Event("Identified", user, traits),
        "Order Completed": Event("Order Completed", user, ORDER, deal="D-2"),
        "Group Joined": Event("Group Joined", user, firm, company=f"{client.name}-firm"),
    }


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_browser_client_on_another_origin_sends_a_visit_and_all_of_it_arrives(
    visit: Visit, installation: Installation, client: Client
) -> None:
    key, user = installation.key("public"), f"{client.name}-åse"
    began = datetime.now(UTC)
    visitor = visit.page.evaluate(client.script, [key.key, installation.address, client.options])
    visit.page.evaluate(CALLS, [user, f"{client.name}@example.org", f"{client.name}-firm", ORDER])
    if not client.paths:
        visit.page.goto("about:blank")
    arrived = installation.arrivals(key, 6)
    ended = datetime.now(UTC)

    due = expected(client, visitor)
    assert sorted(row.event.name for row in arrived) == sorted([*due, "Alias Made"])
    rows = {row.event.name: row for row in arrived}
    assert {name: as_sent(rows[name], due[name]) for name in due} == due
    for row in arrived:
        assert began <= row.time <= ended, row
        assert row.context["library"]["name"] == client.library
        assert row.context["campaign"] == CAMPAIGN
        assert row.context["page"]["path"] == "/docs/start"
    assert installation.claims_of(f"u:{user}") == {f"a:{visitor}"}
    # A page's key may not make two known users one, whatever its alias says.
    assert not installation.merges_of(f"u:{user}")
    visit.page.title()  # the driver tells of requests only while it is asked something
    assert {asked.path for method, asked in visit.asked if method == "POST"} == client.paths
    assert {asked.hostname for _, asked in visit.asked} <= {"127.0.0.1", "localhost", None}
    assert not visit.wrong


def as_sent(row: Arrived, due: Event) -> Event:
    """The event of a row, without what the client adds by itself to the properties of a page."""
    added = row.event.properties if row.event.name != "Page Viewed" else {}
    kept = {name: value for name, value in row.event.properties.items() if name in added or name in due.properties}
    return replace(row.event, properties=kept)


def test_browser_client_on_an_origin_that_its_key_is_not_for_is_refused(
    visit: Visit, installation: Installation
) -> None:
    key, page = installation.key("public"), visit.page
    page.goto(page.url.replace("127.0.0.1", "localhost"))
    with page.expect_response("**/sourceConfig/**") as asked:
        page.evaluate(f"given => void ({RUDDER})(given).catch(() => null)", [key.key, installation.address, {}])
    assert asked.value.status == HTTPStatus.FORBIDDEN
    assert asked.value.json()["code"] == "origin"
