"""Operations on templates of funnels. The unit is the template."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja import Path, Router, Schema
from pydantic import Field

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.crm.api.values import Exact
from tragt.web.funnels import actions
from tragt.web.funnels.api.definitions import Named
from tragt.web.funnels.api.funnels import EDIT, answered
from tragt.web.funnels.api.shapes import FunnelShown
from tragt.web.funnels.gallery.templates import (
    TEMPLATES,
    Choices,
    FunnelTemplate,
    built,
    choices_there,
    free_name,
    template_of,
)
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Funnels"])


class HappeningShown(Schema):
    """A step of a template."""

    code: str
    title: str = Field(description="What happens, in the language of the key's user.")
    usual: str = Field(description="What a log usually calls it.")
    found: str | None = Field(description="What of the log it probably is; null where nothing fits.")


class FunnelTemplateShown(Schema):
    """A template of a funnel. Its texts are in the language of the key's user."""

    code: str
    name: str
    about: str
    unit: str
    window_days: int | None
    steps: list[HappeningShown]

    @classmethod
    def of(cls, one: FunnelTemplate, there: Choices) -> "FunnelTemplateShown":
        """A template, as it is answered."""
        found = there.found(one)
        return cls(
            code=one.code,
            name=str(one.name),
            about=str(one.about),
            unit=str(one.unit),
            window_days=one.days,
            steps=[
                HappeningShown(code=code, title=str(happening.title), usual=happening.usual, found=found.get(code))
                for code, happening in one.happenings
            ],
        )


class FunnelTemplates(Schema):
    """The templates of funnels."""

    items: list[FunnelTemplateShown] = Field(description="In the order in which they are offered.")


class StepChosen(Exact):
    """What a step of a template is in the log."""

    code: Annotated[str, Field(max_length=40)] = Field(description="Code of the step.")
    event: Named = Field(description="As `found` says it, or the name of an event.")


class TemplateUse(Exact):
    """How a template is used."""

    name: Annotated[str, Field(max_length=150, pattern=r"^[^\x00-\x1f]*$")] = Field(
        "", description="Empty calls it by the template, with a number where a funnel is called so already."
    )
    steps: list[StepChosen] | None = Field(
        None, min_length=2, max_length=20, description="Null takes what was found; a step not named is left out."
    )


@operation(router, "GET /templates", permission=EDIT, gives=FunnelTemplates)
def list_funnel_templates(request: HttpRequest) -> FunnelTemplates:
    """Templates of funnels, each step with what of the log it probably is."""
    there = choices_there()
    with translation.override(user_of(request).language):
        return FunnelTemplates(items=[FunnelTemplateShown.of(one, there) for one in TEMPLATES])


@operation(router, "POST /templates/{code}", permission=EDIT, gives=FunnelShown, status=201)
def use_funnel_template(
    request: HttpRequest,
    code: Annotated[str, Path(max_length=40, description="Code of the template.")],
    body: TemplateUse,
    response: HttpResponse,
) -> FunnelShown:
    """Save a funnel made from a template."""
    user, template, there = user_of(request), template_of(code), choices_there()
    chosen = there.found(template) if body.steps is None else {one.code: one.event for one in body.steps}
    with translation.override(user.language):
        name = body.name or free_name(str(template.name))
    return answered(actions.save(Who.of(user), built(template, chosen, there), name), response, made=True)
