"""A real `tragt up` on loopback with its keys, a web site on another origin, and the clients that npm brings."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import serving
from tests.web.collect.clients import installing
from tests.web.collect.clients.installation import Installation, made_keys
from tests.web.collect.clients.site import Site, website

SCRIPTS = {
    "/segment.js": "@segment/analytics-next/dist/umd/standalone.js",
    "/rudder.js": "@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js",
}
KEYS = 20


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where the clients of npm are; where they cannot be had the test is skipped, in CI it fails."""
    try:
        return installing.node_modules()
    except installing.Unavailable as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def empty_site() -> Iterator[Site]:
    """A firm's web site, on an origin of its own."""
    with website() as site:
        yield site


@pytest.fixture(scope="session")
def site(empty_site: Site, node_modules: Path) -> Site:
    """The firm's web site with the scripts of the browser clients."""
    empty_site.scripts.update({path: node_modules / file for path, file in SCRIPTS.items()})
    return empty_site


@pytest.fixture(scope="session")
def installation(
    tmp_path_factory: pytest.TempPathFactory, make_home: Callable[[Path], Path], empty_site: Site
) -> Iterator[Installation]:
    """A running installation, whose public keys are for the firm's web site."""
    home = make_home(tmp_path_factory.mktemp("collecting") / "home")
    with serving(home) as server:
        yield Installation(server.address, home, made_keys(home, KEYS, empty_site.origin), server.said)
