"""A pipeline of four stages, persons and companies to sell to, and a way to open deals."""

from collections.abc import Callable

import pytest

from tragt.web.accounts.models import User
from tragt.web.crm.actions import NewDeal, open_deal
from tragt.web.crm.models import Deal, LostReason, Pipeline, Stage
from tragt.web.people.models import Company, Identifier, Person
from tragt.web.shell.acting import COMMAND_LINE, Who

OpenDeal = Callable[..., Deal]


@pytest.fixture
def pipeline(db: None, organisation: object) -> Pipeline:  # noqa: ARG001
    """Four stages: Contact, Need, Offer (asks for a value), Close."""
    made = Pipeline.objects.create(name="Sales")
    for position, name in enumerate(("Contact", "Need", "Offer", "Close")):
        Stage.objects.create(pipeline=made, name=name, position=position, required=["value"] if name == "Offer" else [])
    return made


@pytest.fixture
def stages(pipeline: Pipeline) -> dict[str, Stage]:
    """The stages of the pipeline by their names."""
    return {stage.name: stage for stage in pipeline.stages.all()}


@pytest.fixture
def reason(db: None) -> LostReason:  # noqa: ARG001
    """Why deals are lost."""
    return LostReason.objects.create(name="Too dear")


@pytest.fixture
def ada(db: None) -> Person:  # noqa: ARG001
    """A person of a company, known to the log as a visitor and a user."""
    company = Company.objects.create(key="nordlys", name="Nordlys")
    person = Person.objects.create(name="Ada", email="ada@nordlys.dk", company=company)
    for actor in ("a:1", "u:ada"):
        Identifier.objects.create(actor=actor, person=person)
    return person


@pytest.fixture
def make_deal(stages: dict[str, Stage]) -> OpenDeal:
    """Opens deals: ``make_deal("Need", value=1000, by=user)``; by the command line in Contact unless told."""

    def make(stage: str = "Contact", *, by: User | None = None, name: str = "Lamps", **given: object) -> Deal:
        new = NewDeal(**{"name": name, "stage": stages[stage].pk, "currency": "DKK", **given})  # type: ignore[arg-type]
        return open_deal(new, who=Who.of(by) if by else COMMAND_LINE)

    return make
