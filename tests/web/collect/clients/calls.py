"""What the clients are told to send, and what must come of it. The unit of observation is the call."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["DAYS_AGO", "Arrived", "Event", "Fields", "History", "by_name", "history"]

DAYS_AGO = 40

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """What an event of the log says, apart from when it was and what sent it."""

    name: str
    actor: str
    properties: Fields
    company: str | None = None
    deal: str | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A row of the log, as it came in."""

    id: str
    time: datetime
    source: str
    event: Event
    context: Fields

    @property
    def message(self) -> str:
        """The messageId of its call; the rest of its id is its source."""
        return self.id.removeprefix(f"{self.source}:")


@dataclass(frozen=True, slots=True)
class History:
    """One person's way, as a server tells of it.

    Attributes:
        user: Who it is, once known.
        visitor: Who it was, before.
        name: What this person is called.
        email: Their address.
        older: An id from before, which no other call names.
        calls: What is sent, in the words of the specification; ``daysAgo`` gives a call a time of its own.
        events: What must come of it, a call each.
    """

    user: str
    visitor: str
    name: str
    email: str
    older: str
    calls: list[Fields] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def sends(self, call: Fields, event: Event) -> None:
        """Add a call, and what must come of it."""
        self.calls.append(call)
        self.events.append(event)


def by_name(event: Event) -> str:
    """Each name occurs once in a history."""
    return event.name


def history(who: str) -> History:
    """A visit, a sign-up, an order, a firm and an older name.

    Args:
        who: Sets this person apart from those of other tests.
    """
    told = History(f"{who}-åse", f"{who}-7f3a", "Åse Ørsted", f"{who}@example.org", f"{who}-01")
    user, visitor = f"u:{told.user}", f"a:{told.visitor}"
    seen = {"product_id": "P-7", "price": 129, "in_stock": True, "colour": None}
    told.sends(
        {
            "type": "track",
            "event": "Product Viewed",
            "anonymousId": told.visitor,
            "properties": seen,
            "daysAgo": DAYS_AGO,
        },
        Event("Product Viewed", visitor, seen),
    )
    traits = {"email": told.email, "name": told.name, "plan": "pro", "seats": 12}
    told.sends(
        {"type": "identify", "userId": told.user, "anonymousId": told.visitor, "traits": traits},
        Event("Identified", user, traits),
    )
    order = {
        "total": 9.5,
        "currency": "DKK",
        "products": [{"sku": "a", "quantity": 2}],
        "note": "Blåbær 🫐 <b>&",
        "deal_id": "D-1",
    }
    told.sends(
        {"type": "track", "event": "Order Completed", "userId": told.user, "properties": order},
        Event("Order Completed", user, order, deal="D-1"),
    )
    page = {"url": "https://example.org/docs?q=1", "title": "Docs"}
    told.sends(
        {"type": "page", "userId": told.user, "category": "Docs", "name": "Home", "properties": page},
        Event("Page Viewed", user, {**page, "name": "Home", "category": "Docs"}),
    )
    told.sends(
        {"type": "screen", "userId": told.user, "name": "Basket", "properties": {"items": 2}},
        Event("Screen Viewed", user, {"items": 2, "name": "Basket"}),
    )
    firm = {"name": "Initech", "employees": 329}
    told.sends(
        {"type": "group", "userId": told.user, "groupId": f"{who}-firm", "traits": firm},
        Event("Group Joined", user, firm, company=f"{who}-firm"),
    )
    told.sends(
        {"type": "alias", "previousId": told.older, "userId": told.user},
        Event("Alias Made", user, {}),
    )
    return told
