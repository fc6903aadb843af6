"""`tragt.js` in a real browser, on a site of another origin than the tracking API, under a strict content policy."""

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, ON_BREACH
from tests.web.collect.snippet.conditions import FORM, HURRIED, PATIENT, PAUSES, STILL
from tests.web.collect.snippet.site import Site, collecting
from tragt.events.tracking.bodies import PATHS, Body, read

YEAR_SECONDS = 365 * 86_400
LARGEST_BATCH = 33_000
NUMBERS = itertools.count()
SUBDOMAINS = "--host-resolver-rules=MAP *.shop.test 127.0.0.1"
STORES = """async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length]"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all; it is gone before another module begins."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium-headless-shell)")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, SUBDOMAINS])
        yield running
        running.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[Site]:
    with collecting() as running:
        yield running


@pytest.fixture
def site(servers: Site) -> Site:
    servers.clear(f"tragt_public_{next(NUMBERS)}")
    return servers


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """A visitor's browser; at the end no page may have seen an error or a breach of the policy."""
    context = chromium.new_context(locale="da-DK", timezone_id="Europe/Copenhagen")
    context.add_init_script(ON_BREACH)
    context.add_init_script(HURRIED)
    context.set_default_timeout(10_000)
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda said: wrong.append(said.text) if "policy breach" in said.text else None)
    yield context
    context.close()
    assert not wrong, wrong


@pytest.fixture
def page(visitor: BrowserContext, site: Site) -> Page:
    """A page that was not opened yet."""
    assert site.api.requests == []
    return visitor.new_page()


def opened(page: Page, site: Site, path: str = "/") -> Page:
    """The page, once it is there with its scripts."""
    page.goto(site.address + path)
    return page


@contextmanager
def confirmed(page: Page, text: str) -> Iterator[None]:
    """Ends once the page has read the answer to a request in which the text stands."""
    with page.expect_event("requestfinished", lambda request: text in (request.post_data or "")):
        yield
    page.evaluate("'what was read is dealt with'")


def kept(page: Page) -> tuple[int, list[int]]:
    """How much the device keeps: cookies, and entries in each of its stores."""
    return len(page.context.cookies()), page.evaluate(STORES)


def cookie(page: Page) -> dict[str, Any]:
    [only] = page.context.cookies()
    read: dict[str, Any] = json.loads(unquote(only.get("value", "")))
    return read


NOTHING = (0, [0, 0, 0])


# What arrives


def test_calls_have_the_shapes_of_the_tracking_api(page: Page, site: Site) -> None:
    opened(page, site, "/prices?plan=pro#faq")
    page.evaluate("""() => {
      tragt.track("Product Added", { price: 9.5 });
      tragt.identify("u1", { email: "a@example.org" });
      tragt.group("g1", { name: "Acme" });
    }""")
    site.api.until(lambda: len(site.api.events) == 4)
    viewed, added, identified, joined = site.api.events

    url = f"{site.address}/prices?plan=pro"
    place = {"path": "/prices", "referrer": "", "search": "?plan=pro", "title": "Page /prices", "url": url}
    assert [one["type"] for one in site.api.events] == ["page", "track", "identify", "group"]
    assert viewed["properties"] == place
    assert (added["event"], added["properties"]) == ("Product Added", {"price": 9.5})
    assert added["context"]["page"] == place
    assert added["context"]["library"] == {"name": "tragt.js", "version": version("tragt")}
    assert (added["context"]["locale"], added["context"]["timezone"]) == ("da-DK", "Europe/Copenhagen")
    assert added["context"]["userAgent"] == page.evaluate("navigator.userAgent")
    assert "userId" not in added
    assert (identified["userId"], identified["traits"]) == ("u1", {"email": "a@example.org"})
    assert (joined["groupId"], joined["context"]["groupId"]) == ("g1", "g1")
    assert (joined["userId"], joined["traits"]) == ("u1", {"name": "Acme"})
    assert len({one["anonymousId"] for one in site.api.events}) == 1
    assert len({one["messageId"] for one in site.api.events}) == 4
    for one in [*site.api.events, *({"timestamp": request.body["sentAt"]} for request in site.api.requests)]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["timestamp"])


def test_batches_are_taken_whole_by_the_tracking_api(page: Page, site: Site) -> None:
    site.body = '<button data-tragt-event="Opened">Open</button>'
    opened(page, site, "/?utm_source=news&gclid=g1")
    page.click("button")
    page.evaluate("tragt.identify('u1', { name: 'Åse \\ud83d' }), tragt.group('g1'), tragt.page('End')")
    site.api.until(lambda: len(site.api.events) == 5)

    for request in site.api.requests:
        taken = read(json.dumps(request.body).encode(), PATHS[request.path], trusted=False, received=datetime.now(UTC))
        assert isinstance(taken, Body)
        assert (taken.number, taken.turned) == (len(request.events), ())


def test_campaign_and_click_ids_of_the_address_go_along(page: Page, site: Site) -> None:
    opened(page, site, "/?utm_source=news&utm_campaign=v%C3%A5r&utm_term=a+b&gclid=g1&msclkid=m1&wbraid=w1&clientid=no")

    campaign = {"source": "news", "name": "vår", "term": "a b", "gclid": "g1", "msclkid": "m1", "wbraid": "w1"}
    assert site.api.named("page")["context"]["campaign"] == campaign


def test_calls_made_before_the_script_came_follow_the_first_page(page: Page, site: Site) -> None:
    site.early = True
    opened(page, site)
    page.evaluate("tragt.push(['track', 'Late'])")
    site.api.named("Late")

    assert site.api.names == ["page", "Early", "Consent Given", "Late"]
    assert cookie(page)["anonymousId"] == site.api.named("Early")["anonymousId"]


def test_identify_as_somebody_else_begins_a_new_visitor(page: Page, site: Site) -> None:
    opened(page, site)
    page.evaluate("['one', 'one', 'two'].forEach(id => tragt.identify(id)), tragt.reset(), tragt.track('Left')")
    site.api.named("Left")
    first, again, other, nobody = site.api.events[1:]

    assert first["anonymousId"] == again["anonymousId"] == site.api.events[0]["anonymousId"]
    assert len({first["anonymousId"], other["anonymousId"], nobody["anonymousId"]}) == 3
    assert (other["userId"], "userId" in nobody) == ("two", False)


# Consent


def test_before_consent_nothing_is_kept_and_every_page_is_a_stranger(page: Page, site: Site) -> None:
    opened(page, site)
    page.evaluate("tragt.track('Read'), tragt.identify('u1'), tragt.group('g1')")
    first = site.api.named("group")["anonymousId"]
    assert kept(page) == NOTHING
    opened(page, site)
    page.evaluate("tragt.track('Read again')")
    second = site.api.named("Read again")

    assert kept(page) == NOTHING
    assert second["anonymousId"] != first
    assert "userId" not in second
    assert second["context"]["consent"] == {"categoryPreferences": {}}


def test_after_consent_one_cookie_keeps_who_the_visitor_is(page: Page, site: Site) -> None:
    opened(page, site)
    page.evaluate("tragt.identify('u1'), tragt.consent({ analytics: true, email: false }, { wording: 'We count.' })")
    given = site.api.named("Consent Given")
    opened(page, site, "/next")
    page.evaluate("tragt.consent({ analytics: true, email: false }), tragt.track('Read')")
    read = site.api.named("Read")

    assert given["properties"] == {"wording": "We count.", "purposes": ["analytics"]}
    assert given["context"]["consent"] == {"categoryPreferences": {"analytics": True, "email": False}}
    assert (read["anonymousId"], read["userId"]) == (given["anonymousId"], "u1") == (cookie(page)["anonymousId"], "u1")
    assert read["context"]["consent"] == given["context"]["consent"]
    assert site.api.names.count("Consent Given") == 1
    assert "Consent Withdrawn" not in site.api.names
    [only] = page.context.cookies()
    assert (only.get("sameSite"), only.get("path")) == ("Lax", "/")
    assert only.get("expires", 0) - page.evaluate("Date.now() / 1000") <= YEAR_SECONDS + 1


def test_withdrawal_removes_what_was_kept_and_ends_who_it_was(page: Page, site: Site) -> None:
    opened(page, site)
    page.evaluate("tragt.identify('u1'), tragt.consent(true), tragt.track('Before')")
    page.evaluate("tragt.consent(false), tragt.track('After'), tragt.consent(false)")
    assert kept(page) == NOTHING
    after, withdrawn = site.api.named("After"), site.api.named("Consent Withdrawn")

    assert site.api.names == ["page", "identify", "Consent Given", "Before", "Consent Withdrawn", "After"]
    assert withdrawn["properties"] == {"purposes": ["analytics"]}
    assert (withdrawn["userId"], withdrawn["anonymousId"]) == ("u1", site.api.named("Before")["anonymousId"])
    assert withdrawn["context"]["consent"] == {"categoryPreferences": {"analytics": False}}
    assert "userId" not in after
    assert after["anonymousId"] != withdrawn["anonymousId"]
    assert after["context"]["consent"] == withdrawn["context"]["consent"]
    assert kept(page) == NOTHING


def test_withdrawal_in_one_tab_holds_in_the_other(page: Page, site: Site, visitor: BrowserContext) -> None:
    opened(page, site)
    page.evaluate("tragt.consent(true)")
    other = visitor.new_page()
    with confirmed(other, "There"):
        opened(other, site).evaluate("tragt.track('There')")
    there = site.api.named("There")
    page.evaluate("tragt.consent(false)")
    assert there["anonymousId"] == site.api.named("Consent Withdrawn")["anonymousId"]
    other.evaluate("history.pushState({}, '', '/later')")
    site.api.until(lambda: site.api.names.count("page") == 3)
    other.evaluate("tragt.identify('u1')")
    later = site.api.named("identify")

    assert site.api.named("page")["context"]["page"]["path"] == "/later"
    assert there["anonymousId"] != later["anonymousId"] == site.api.named("page")["anonymousId"]
    assert kept(page) == kept(other) == NOTHING


def test_nothing_before_consent_sends_nothing_and_begins_with_the_page_of_the_consent(page: Page, site: Site) -> None:
    site.settings += ' data-before-consent="nothing"'
    opened(page, site, "/landing")
    page.evaluate("tragt.track('Secret'), tragt.identify('u1')")
    opened(page, site, "/?utm_source=news")
    page.evaluate("tragt.track('Secret'), tragt.consent(false)")
    assert kept(page) == NOTHING
    page.evaluate("tragt.consent(true), tragt.track('Open')")
    site.api.named("Open")

    assert site.api.names == ["page", "Consent Given", "Open"]
    assert site.api.named("page")["context"]["campaign"] == {"source": "news"}


@pytest.mark.parametrize(("setting", "first"), [(" data-respect-gpc", "Consent Given"), ("", "Asked not to")])
def test_privacy_control_counts_where_the_site_says_so(page: Page, site: Site, setting: str, first: str) -> None:
    page.context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    site.settings += setting
    opened(page, site)
    page.evaluate("tragt.track('Asked not to')")
    page.evaluate("tragt.consent(true), tragt.track('Allowed')")
    site.api.named("Allowed")

    assert site.api.names[:2] == ["page", first]


def test_queue_of_a_consent_that_ran_out_is_removed(page: Page, site: Site) -> None:
    page.context.add_init_script("localStorage.setItem('tragt', '{}')")
    opened(page, site)

    assert kept(page) == NOTHING


def test_domain_makes_one_visitor_of_all_its_hosts(page: Page, site: Site) -> None:
    site.settings += ' data-domain="shop.test"'
    port = site.address.rpartition(":")[2]
    page.goto(f"http://www.shop.test:{port}/")
    page.evaluate("tragt.consent(true)")
    given = site.api.named("Consent Given")
    page.goto(f"http://app.shop.test:{port}/")
    site.api.until(lambda: site.api.names.count("page") == 2)
    there = site.api.named("page")
    page.evaluate("tragt.consent(false)")

    assert there["anonymousId"] == given["anonymousId"]
    assert there["context"]["page"]["url"] == f"http://app.shop.test:{port}/"
    assert page.context.cookies() == []


# Pages


def test_route_changes_are_pages_with_their_own_title_and_referrer(page: Page, site: Site) -> None:
    opened(page, site)
    page.evaluate("history.pushState({}, '', '/one?a=1'), setTimeout(() => document.title = 'One', 5)")
    site.api.until(lambda: len(site.api.events) == 2)
    page.evaluate("""() => {
      history.replaceState({}, "", "/one?a=1#there");
      history.pushState({}, "", "/two");
      tragt.track("At once");
    }""")
    page.evaluate("location.hash = '#/three'")
    site.api.until(lambda: len(site.api.events) == 5)
    page.evaluate("history.go(-2)")
    site.api.until(lambda: len(site.api.events) == 6)
    page.evaluate("tragt.track('End')")
    site.api.named("End")

    assert site.api.names == ["page", "page", "page", "At once", "page", "page", "End"]
    pages = [event["properties"] for event in site.api.events if event["type"] == "page"]
    urls = [one["url"].removeprefix(site.address) for one in pages]
    assert urls == ["/", "/one?a=1", "/two", "/two#/three", "/one?a=1"]
    assert [one["referrer"].removeprefix(site.address) for one in pages] == ["", *urls[:-1]]
    assert pages[1]["title"] == "One"


def test_pages_by_hand_are_the_only_ones(page: Page, site: Site) -> None:
    site.settings += ' data-page="manual"'
    opened(page, site)
    page.evaluate("history.pushState({}, '', '/one'), tragt.page('First', { plan: 'pro' })")
    page.evaluate("history.pushState({}, '', '/two'), tragt.track('End')")
    site.api.named("End")

    assert site.api.names == ["page", "End"]
    named = site.api.named("page")
    assert (named["name"], named["properties"]["name"], named["properties"]["plan"]) == ("First", "First", "pro")


def test_page_that_comes_back_from_the_browser_s_memory_counts_again(page: Page, site: Site) -> None:
    opened(page, site)
    page.evaluate(
        "for (const persisted of [false, true]) dispatchEvent(new PageTransitionEvent('pageshow', { persisted }))"
    )
    page.evaluate("tragt.track('End')")
    site.api.named("End")

    assert site.api.names == ["page", "page", "End"]


def test_page_made_ahead_counts_once_it_is_seen(page: Page, site: Site) -> None:
    page.context.add_init_script("Object.defineProperty(document, 'prerendering', { get: () => !window.seen })")
    opened(page, site)
    page.evaluate("tragt.push(['track', 'Ahead'])")
    assert page.evaluate("[typeof tragt.track, tragt.length]") == ["undefined", 1]
    page.evaluate("window.seen = true, document.dispatchEvent(new Event('prerenderingchange'))")
    site.api.named("Ahead")

    assert site.api.names == ["page", "Ahead"]


# What is never lost, and never twice


@pytest.mark.parametrize("consent", [True, False])
def test_offline_then_online_loses_nothing_and_repeats_nothing(page: Page, site: Site, consent: bool) -> None:
    page.context.add_init_script(STILL)
    with confirmed(page, "Consent Given" if consent else '"type":"page"'):
        opened(page, site).evaluate("allowed => tragt.consent(allowed)", consent)
    page.context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.evaluate("[1, 2, 3].forEach(place => tragt.track('Offline', { place }))")
    assert kept(page) == ((1, [1, 0, 0]) if consent else NOTHING)
    page.context.set_offline(False)
    site.api.until(lambda: site.api.names.count("Offline") == 3)
    page.evaluate("tragt.track('End')")
    site.api.named("End")

    assert [one["properties"]["place"] for one in site.api.events if one.get("event") == "Offline"] == [1, 2, 3]
    assert site.api.arrived == site.api.events


def test_offline_until_the_page_is_closed_arrives_with_the_next(
    page: Page, site: Site, visitor: BrowserContext
) -> None:
    opened(page, site)
    page.evaluate("tragt.consent(true)")
    site.api.named("Consent Given")
    visitor.set_offline(True)
    page.evaluate("tragt.track('Offline')")
    page.close()
    visitor.set_offline(False)
    next_page = opened(visitor.new_page(), site)
    site.api.named("Offline")
    next_page.evaluate("tragt.track('End')")
    site.api.named("End")

    assert site.api.names.count("Offline") == 1


def test_server_in_trouble_is_asked_again_after_longer_and_longer_pauses(page: Page, site: Site) -> None:
    page.context.add_init_script(PAUSES)
    site.api.refusals += [(503, {}), (500, {}), (429, {"Retry-After": "120"}), (503, {"Retry-After": "86400"})]
    opened(page, site)
    site.api.named("page")

    assert site.api.refused == 4
    first, second, ordered, far = page.evaluate("pauses")
    assert 1_000 <= first <= 2_000 <= second <= 4_000
    assert (ordered, far) == (120_000, 3_600_000)
    assert site.api.names == ["page"]


def test_batch_that_is_refused_for_good_is_dropped_and_said(page: Page, site: Site) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "warning" else None)
    site.api.refusals.append((401, {}))
    opened(page, site)
    site.api.until(lambda: site.api.refused == 1)
    page.evaluate("tragt.track('Next')")
    site.api.named("Next")
    page.evaluate("'what was said has arrived'")

    assert site.api.names == ["Next"]
    assert said == ["tragt: refused 401"]


@pytest.mark.parametrize("consent", [True, False])
def test_leaving_sends_what_is_left_by_beacon(page: Page, site: Site, consent: bool) -> None:
    page.context.add_init_script(PATIENT)
    site.body = '<a href="/thanks" data-tragt-event="Trial Started" data-tragt-plan-name="pro">Start</a>'
    opened(page, site)
    page.evaluate("allowed => tragt.consent(allowed)", consent)
    page.click("a")
    started = site.api.named("Trial Started")
    page.wait_for_url("**/thanks")
    opened(page, site, "/end")
    site.api.until(lambda: site.api.names.count("page") == 2)

    assert [(request.path, request.key) for request in site.api.requests] == [("/beacon/v1/batch", site.api.key)] * 2
    assert site.api.names == ["page", *["Consent Given"] * consent, "Trial Started", "page"]
    assert started["properties"] == {"plan_name": "pro"}


def test_many_and_large_events_go_in_batches_that_a_browser_lets_pass(page: Page, site: Site) -> None:
    page.context.add_init_script(PAUSES)
    opened(page, site)
    page.evaluate("for (let place = 0; place < 100; place++) tragt.track('Many', { place, text: 'ø'.repeat(400) })")
    page.evaluate("tragt.track('Too large', { text: 'x'.repeat(33000) }), tragt.track('End')")
    site.api.named("End")

    many = [one["properties"]["place"] for one in site.api.events if one.get("event") == "Many"]
    assert many == list(range(100))
    assert "Too large" not in site.api.names
    assert max(request.size for request in site.api.requests) < LARGEST_BATCH
    assert page.evaluate("pauses") == []


# What a site marks


def test_marked_form_sends_its_marked_fields_and_never_a_secret(page: Page, site: Site) -> None:
    site.body = FORM
    opened(page, site)
    page.click("#other")
    page.wait_for_url("**/?*", wait_until="load")
    page.evaluate("document.addEventListener('submit', event => event.preventDefault())")
    page.click("form button")
    page.click("b")
    asked = site.api.named("Demo Asked")
    fields = {"email": "a@example.org", "seats": "5", "news": "yes", "size": "big", "country": "se", "wish": "More"}

    assert site.api.named("Opened")["properties"] == {}
    assert asked["properties"] == {"plan": "pro", **fields}
    assert asked["type"] == "track"
    assert "hidden" not in json.dumps(site.api.events)
    assert site.api.names == ["page", "page", "Demo Asked", "Opened"]


# Nothing goes wrong for the page


@pytest.mark.parametrize("settings", ["", 'data-key=""', 'data-key="tragt_secret_abc"'])
def test_key_that_is_missing_or_secret_is_said_in_the_console(page: Page, site: Site, settings: str) -> None:
    site.settings = settings
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    opened(page, site)

    assert said == ['tragt needs data-key="tragt_public_…"']
    assert kept(page) == NOTHING


def test_wrong_use_never_throws_into_the_page(page: Page, site: Site) -> None:
    opened(page, site)
    page.evaluate("""() => {
      const ring = {};
      ring.ring = ring;
      tragt.track("Ring", ring);
      tragt.track("Large number", { number: 1n });
      tragt.track();
      tragt.page(null, null);
      tragt.consent();
      tragt.consent(null);
      tragt.group();
      tragt.identify(undefined);
      tragt.push();
      tragt.push(["nothing"]);
      document.dispatchEvent(new Event("click"));
      document.dispatchEvent(new Event("submit"));
      tragt.track("End");
    }""")
    site.api.named("End")

    assert {"Ring", "Large number", "group"}.isdisjoint(site.api.names)
    assert "userId" not in site.api.named("identify")


def test_script_twice_on_a_page_counts_once(page: Page, site: Site) -> None:
    opened(page, site)
    page.evaluate("""() => new Promise(done => {
      const again = document.createElement("script");
      Object.assign(again, { src: document.querySelector("script").src, onload: done });
      again.dataset.key = document.querySelector("script").dataset.key;
      document.head.append(again);
    })""")
    page.evaluate("tragt.track('End')")
    site.api.named("End")

    assert site.api.names == ["page", "End"]


def test_browser_that_keeps_nothing_is_counted_in_memory(page: Page, site: Site) -> None:
    page.context.add_init_script("""
      const no = () => { throw new DOMException("no", "SecurityError"); };
      const refuse = { get: no, set: no };
      for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, refuse);
      Object.defineProperty(document, "cookie", refuse);
    """)
    opened(page, site)
    page.evaluate("tragt.consent(true), tragt.identify('u1'), tragt.track('Read')")
    read = site.api.named("Read")

    assert read["userId"] == "u1"
    assert read["anonymousId"] == site.api.named("page")["anonymousId"]
