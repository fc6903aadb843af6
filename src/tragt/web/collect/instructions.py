"""How to send from each client: text to copy, with this installation's address in it.

The key itself is shown once, when it is made; here stands a word in its place.
"""

from dataclasses import dataclass

__all__ = ["PLACEHOLDER", "Instruction", "instructions"]

PLACEHOLDER = "YOUR_WRITE_KEY"
_ADDRESS = "ADDRESS"


@dataclass(frozen=True, slots=True)
class Instruction:
    """What to write into one's own program.

    Attributes:
        slug: Names it within a page.
        title: The client, as its maker calls it.
        place: ``browser`` or ``server``: where it runs.
        install: The command that installs it; empty where there is nothing to install.
        text: The program.
    """

    slug: str
    title: str
    place: str
    install: str
    text: str


_SNIPPET = """\
<script async src="ADDRESS/tragt.js" data-key="YOUR_WRITE_KEY"></script>
"""

_SEGMENT_BROWSER = """\
import { AnalyticsBrowser } from "@segment/analytics-next";

const analytics = AnalyticsBrowser.load({ writeKey: "YOUR_WRITE_KEY", cdnURL: "ADDRESS" });

analytics.page();
analytics.track("Product Added", { product_id: "p7", price: 149, currency: "DKK" });
analytics.identify("user-42", { email: "ase@example.org" });
"""

_RUDDER_BROWSER = """\
import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";

const analytics = new RudderAnalytics();
analytics.load("YOUR_WRITE_KEY", "ADDRESS", { configUrl: "ADDRESS" });

analytics.page();
analytics.track("Product Added", { product_id: "p7", price: 149, currency: "DKK" });
analytics.identify("user-42", { email: "ase@example.org" });
"""

_SEGMENT_PYTHON = """\
import segment.analytics as analytics

analytics.write_key = "YOUR_WRITE_KEY"
analytics.host = "ADDRESS"

analytics.identify("user-42", {"email": "ase@example.org"})
analytics.track("user-42", "Order Completed", {"order_id": "1001", "revenue": 149, "currency": "DKK"})
analytics.flush()
"""

_RUDDER_PYTHON = """\
import rudderstack.analytics as analytics

analytics.write_key = "YOUR_WRITE_KEY"
analytics.dataPlaneUrl = "ADDRESS"

analytics.identify("user-42", {"email": "ase@example.org"})
analytics.track("user-42", "Order Completed", {"order_id": "1001", "revenue": 149, "currency": "DKK"})
analytics.flush()
"""

_SEGMENT_NODE = """\
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "YOUR_WRITE_KEY", host: "ADDRESS", path: "/v1/batch" });

analytics.identify({ userId: "user-42", traits: { email: "ase@example.org" } });
analytics.track({ userId: "user-42", event: "Order Completed", properties: { order_id: "1001", revenue: 149 } });
await analytics.closeAndFlush();
"""

_RUDDER_NODE = """\
const RudderAnalytics = require("@rudderstack/rudder-sdk-node");

const analytics = new RudderAnalytics("YOUR_WRITE_KEY", { dataPlaneUrl: "ADDRESS" });

analytics.identify({ userId: "user-42", traits: { email: "ase@example.org" } });
analytics.track({ userId: "user-42", event: "Order Completed", properties: { order_id: "1001", revenue: 149 } });
analytics.flush();
"""

_CURL = """\
curl ADDRESS/v1/track -u YOUR_WRITE_KEY: -H "Content-Type: application/json" \\
  -d '{"userId": "user-42", "event": "Order Completed", "properties": {"order_id": "1001", "revenue": 149}}'
"""

_CURL_BROWSER = """\
curl ADDRESS/v1/track -u YOUR_WRITE_KEY: -H "Content-Type: application/json" \\
  -d '{"anonymousId": "visitor-1", "event": "Product Added", "properties": {"product_id": "p7", "price": 149}}'
"""

_ALL = (
    Instruction("snippet", "tragt.js", "browser", "", _SNIPPET),
    Instruction(
        "analytics-next", "Segment · @segment/analytics-next", "browser", "npm install @segment/analytics-next",
        _SEGMENT_BROWSER,
    ),
    Instruction(
        "rudder-js", "RudderStack · @rudderstack/analytics-js", "browser", "npm install @rudderstack/analytics-js",
        _RUDDER_BROWSER,
    ),
    Instruction("curl-public", "curl", "browser", "", _CURL_BROWSER),
    Instruction(
        "segment-python", "Segment · segment-analytics-python", "server", "pip install segment-analytics-python",
        _SEGMENT_PYTHON,
    ),
    Instruction(
        "rudder-python", "RudderStack · rudder-sdk-python", "server", "pip install rudder-sdk-python", _RUDDER_PYTHON
    ),
    Instruction(
        "segment-node", "Segment · @segment/analytics-node", "server", "npm install @segment/analytics-node",
        _SEGMENT_NODE,
    ),
    Instruction(
        "rudder-node", "RudderStack · @rudderstack/rudder-sdk-node", "server",
        "npm install @rudderstack/rudder-sdk-node", _RUDDER_NODE,
    ),
    Instruction("curl", "curl", "server", "", _CURL),
)  # fmt: skip


def instructions(address: str, *, public: bool) -> list[Instruction]:
    """How to send from each client that a key is made for.

    Args:
        address: Of this installation, without a slash at its end.
        public: Whether it is a public key, which stands in pages and apps; a secret one stays on servers.
    """
    place = "browser" if public else "server"
    return [
        Instruction(one.slug, one.title, one.place, one.install, one.text.replace(_ADDRESS, address).strip())
        for one in _ALL
        if one.place == place
    ]
