"""A firm as the role matrix needs it: of each kind of record one of one's own, a colleague's and another's."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from tragt.web.accounts.models import ApiKey, Organisation, Role, Team, User
from tragt.web.accounts.tokens import digest, new_key
from tragt.web.crm.actions import NewDeal, open_deal
from tragt.web.crm.models import (
    Activity,
    Deal,
    DealLine,
    LostReason,
    Member,
    Pipeline,
    PipelineKind,
    Product,
    Segment,
    Stage,
)
from tragt.web.files.models import File
from tragt.web.files.store import path_of
from tragt.web.people.models import Company, Identifier, Person
from tragt.web.records.models import Field, Tag
from tragt.web.shell.acting import COMMAND_LINE

WHOSE = ("own", "team", "other")


@dataclass
class Firm:
    """What there is.

    Attributes:
        user: Who asks; the role is changed as the matrix goes.
        client: A program of that user, within the role of an owner, so that the user's role decides.
        of: For each of `WHOSE`, what parameters of addresses mean: ``of["own"]["deal"]`` is the key of the own deal.
        common: What belongs to nobody: a stage, a product, a tag.
    """

    user: User
    client: Client
    of: dict[str, dict[str, Any]] = field(default_factory=dict)
    common: dict[str, Any] = field(default_factory=dict)

    def at(self, whose: str) -> dict[str, Any]:
        """What parameters of addresses mean."""
        return {**self.common, **self.of[whose]}


def build() -> Firm:
    """Make the firm."""
    Organisation.objects.create(pk=1, name="Nordlys", time_zone="Europe/Copenhagen", currency="DKK", language="en")
    team = Team.objects.create(name="North")
    users = {
        "own": User.objects.create(email="own@example.org", name="Own", role=Role.OWNER, team=team),
        "team": User.objects.create(email="team@example.org", name="Team", role=Role.SELLER, team=team),
        "other": User.objects.create(email="other@example.org", name="Other", role=Role.SELLER),
    }
    User.objects.create(email="boss@example.org", name="Boss", role=Role.OWNER)
    key, prefix = new_key("api")
    ApiKey.objects.create(user=users["own"], name="matrix", role=Role.OWNER, prefix=prefix, digest=digest(key))
    firm = Firm(users["own"], Client(headers={"Authorization": f"Bearer {key}"}))
    firm.common = {**_common(), "team": team.pk}
    for whose, user in users.items():
        firm.of[whose] = _records(whose, user, firm.common)
    return firm


def _common() -> dict[str, Any]:
    pipeline = Pipeline.objects.create(name="Sales")
    stages = [
        Stage.objects.create(pipeline=pipeline, name=name, position=at) for at, name in enumerate(("Need", "Offer"))
    ]
    Stage.objects.create(pipeline=pipeline, name="Old", position=9, removed=timezone.now())
    path = Pipeline.objects.create(name="Leads", kind=PipelineKind.LIFECYCLE)
    lead = Stage.objects.create(pipeline=path, name="Lead", position=0, mark="mql")
    product = Product.objects.create(name="Lamp", code="L1", price=1000, currency="DKK")
    retired = Field.objects.create(kind="person", code="shoe", title="Shoe", type="text", retired=timezone.now())
    tag = Tag.objects.create(name="VIP")
    another = Person.objects.create(name="Zed")
    Identifier.objects.create(actor="u:zed", person=another)
    return {
        "pipeline": pipeline.pk,
        "stage": stages[0].pk,
        "offer": stages[1].pk,
        "reason": LostReason.objects.create(name="Too dear").pk,
        "product": product.pk,
        "segment": Segment.objects.create(kind="deal", name="Open", live=True, query="status.any=open").pk,
        "field": Field.objects.create(kind="person", code="size", title="Size", type="text").pk,
        "retired": retired.pk,
        "tag": tag.name,
        "tag_key": tag.pk,
        "another": another.pk,
        "kind": "deal",
        "lead": lead.pk,
        "market": "mid",
        "mark": "mql",
        "day": "2026-01-02",
        "currency": "DKK",
    }


def _records(whose: str, user: User, common: dict[str, Any]) -> dict[str, Any]:
    company = Company.objects.create(key=whose, name=f"{whose} A/S", owner=user)
    person = Person.objects.create(name=f"Person {whose}", email=f"p@{whose}.dk", company=company, owner=user)
    Identifier.objects.create(actor=f"u:{whose}", person=person)
    new = NewDeal(name=f"Deal {whose}", stage=common["stage"], currency="DKK", company=company.pk, owner=user.pk)
    deal = open_deal(new, who=COMMAND_LINE)
    done = Activity.objects.create(kind="task", title="Called", owner=user, author=user, deal=deal, at=timezone.now())
    due = timezone.now() + timedelta(days=1)
    return {
        "company": company.pk,
        "person": person.pk,
        "deal": deal.pk,
        "user": user.pk,
        "line": DealLine.objects.create(deal=deal, text="Lamps", price=500).pk,
        "member": Member.objects.create(deal=deal, person=person, primary=True).pk,
        "activity": Activity.objects.create(kind="task", title="Call", owner=user, author=user, deal=deal, due=due).pk,
        "done": done.pk,
        "file": _file(deal, user).pk,
    }


def _file(deal: Deal, user: User) -> File:
    place = f"{deal.pk:032x}"
    path_of(place).parent.mkdir(parents=True, exist_ok=True)
    path_of(place).write_bytes(b"%PDF-1.7")
    return File.objects.create(
        kind="deal", key=deal.pk, name="offer.pdf", place=place, media="application/pdf", size=8, by=user
    )
