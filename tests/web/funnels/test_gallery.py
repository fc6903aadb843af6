"""Templates of funnels: what of a log their steps are, what is asked, and the funnels over parts of pipelines."""

from collections.abc import Callable, Mapping

import polars as pl
import pytest
from django.test import Client
from django.utils import translation

from tests.web.funnels.conftest import Bring, Happened
from tragt.errors import InvalidDefinition
from tragt.events import read
from tragt.funnel import Funnel
from tragt.funnel.definition import Skips, Unit
from tragt.web.accounts.models import User
from tragt.web.crm.actions.pipelines import make_pipeline
from tragt.web.funnels.actions import save
from tragt.web.funnels.gallery.happenings import HAPPENINGS, Named, fitting, matched
from tragt.web.funnels.gallery.templates import (
    TEMPLATES,
    built,
    choices_there,
    followable,
    free_name,
    funnel_of_levels,
    levelled,
    template_of,
)
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.pipelines import funnel_over
from tragt.web.lexicon.actions import merge
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("Product Viewed", "Product Added", "Checkout Started", "Order Completed"), (0, 1, 2, 3)),
        (("view_item", "add_to_cart", "begin_checkout", "purchase"), (0, 1, 2, 3)),
        (("Så produkt", "Lagt i kurv", "Til kassen", "Betalt"), (0, 1, 2, 3)),
        (("Visade produkt", "Lagd i varukorg", "Till kassan", "Betalning klar"), (0, 1, 2, None)),
        (("Så på produkt", "Lagt i handlekurv", "Kassen åpnet", "Bestilling"), (0, 1, 2, 3)),
        (("view", "addtocart", "transaction"), (0, 1, None, 2)),
        (("Alpha", "Beta"), (None, None, None, None)),
    ],
)
def test_steps_of_a_shop_are_found_in_four_languages_and_usual_spellings(
    names: tuple[str, ...], found: tuple[int | None, ...]
) -> None:
    steps = template_of("web_shop").steps
    there = [Named(f"e:{name}", (name,), 1) for name in names]
    expected = {code: f"e:{names[place]}" for code, place in zip(steps, found, strict=True) if place is not None}
    assert matched(steps, there) == expected


_OF_A_SHOP = {
    "product_view": 6851,
    "catalog": 6521,
    "search": 4011,
    "home": 2762,
    "filter_results": 2610,
    "add_to_cart": 1346,
    "cart": 1204,
    "shipping_details": 958,
    "wishlist_add": 812,
    "promo_page": 796,
    "payment_details": 709,
    "account_page": 659,
    "purchase": 470,
    "review_page": 406,
    "support_chat": 277,
    "error_page": 276,
    "compare": 275,
    "payment_error": 119,
    "checkout_bug": 44,
}
"""The events of shared/data/shop_events and how often they are in it."""


def _found(code: str, names: Mapping[str, int]) -> dict[str, str]:
    there = [Named(name, (name,), count) for name, count in names.items()]
    return matched(template_of(code).steps, there)


def test_real_shop_is_found_without_the_events_that_tell_of_faults() -> None:
    sensible = {
        "viewed_product": "product_view",
        "added": "add_to_cart",
        "checkout": "shipping_details",
        "paid": "purchase",
    }
    assert _found("web_shop", _OF_A_SHOP) == sensible
    often_opened = _OF_A_SHOP | {"cart": 9_000, "Begin Checkout": 3, "checkout_abandoned": 9_000}
    assert _found("web_shop", often_opened) == sensible | {"checkout": "Begin Checkout"}
    without = {name: count for name, count in _OF_A_SHOP.items() if name not in ("add_to_cart", "purchase")}
    assert _found("web_shop", without) == {
        "viewed_product": "product_view",
        "added": "cart",
        "checkout": "shipping_details",
    }
    assert _found("b2b_web", _OF_A_SHOP)["bought"] == "purchase"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("paid", "Payment Failed"),
        ("paid", "Betalt ordre annulleret"),
        ("paid", "Ubetalt"),
        ("paid", "Payment Info Entered"),
        ("checkout", "kassefejl i Kassen"),
        ("checkout", "CheckoutError"),
        ("checkout", "betalningssätt nekades"),
        ("added", "remove_from_cart"),
        ("added", "Handlekurv forlatt"),
        ("added", "Product Added to Wishlist"),
        ("bought", "Signed Up"),
        ("won", "Closed Lost"),
    ],
)
def test_what_failed_or_was_undone_fits_nothing(code: str, text: str) -> None:
    assert fitting(HAPPENINGS[code], (text,)) == 0


def test_every_name_of_a_happening_fits_it() -> None:
    for code, happening in HAPPENINGS.items():
        fits = [fitting(happening, (name,)) for name in (happening.usual, *happening.names)]
        assert (code, set(fits)) == (code, {3})
        assert (code, {fitting(happening, (name,)) for name in happening.near} <= {1}) == (code, True)


def test_exact_name_goes_before_one_that_holds_it_and_nothing_is_taken_twice() -> None:
    there = [Named("e:Paid Later", ("Paid Later",), 900), Named("e:Paid", ("Paid",), 3)]
    assert matched(("paid", "bought"), there) == {"paid": "e:Paid", "bought": "e:Paid Later"}
    assert [fitting(HAPPENINGS["paid"], (text,)) for text in ("Paid", "was paid", "Prepaidcard", "Sent")] == [
        3,
        2,
        0,
        0,
    ]


def test_every_template_means_a_funnel_under_its_usual_names() -> None:
    there = choices_there()
    for one in TEMPLATES:
        funnel = built(one, {code: happening.usual + code for code, happening in one.happenings}, there)
        assert (len(funnel.steps), funnel.unit) == (len(one.steps), one.unit)


def test_template_asks_for_what_it_does_not_find(happened: Happened, owner_client: Client) -> None:
    happened([("ann", "Product Viewed", "2026-01-01"), ("ann", "Kasse", "2026-01-02"), ("ann", "Ting", "2026-01-03")])
    page = owner_client.get("/funnels/templates/web_shop/").content.decode()
    assert page.count("Which event is this with you?") == 2
    assert '<option value="e:Product Viewed" selected>' in page

    refused = owner_client.post("/funnels/templates/web_shop/", {"viewed_product": "e:Product Viewed"})
    assert (refused.status_code, "at least two steps" in refused.content.decode()) == (422, True)
    refused = owner_client.post("/funnels/templates/web_shop/", {"viewed_product": "e:Product Viewed", "paid": "e:No"})
    assert refused.status_code == 422
    sent = {"viewed_product": "e:Product Viewed", "checkout": "e:Kasse", "paid": "e:Ting"}
    owner_client.post("/funnels/templates/web_shop/", sent)
    row = SavedFunnel.objects.get()
    assert row.name == "Web shop"
    assert [step.names for step in row.funnel.steps] == [("Product Viewed",), ("Kasse",), ("Ting",)]


def test_second_funnel_of_a_template_is_told_apart_by_its_name(
    happened: Happened, owner_client: Client, program_of: Callable[..., Client], owner: User
) -> None:
    happened([("ann", "Product Viewed", "2026-01-01"), ("ann", "Paid", "2026-01-03")])
    sent = {"viewed_product": "e:Product Viewed", "paid": "e:Paid"}
    for _time in range(2):
        owner_client.post("/funnels/templates/web_shop/", sent)
    program = program_of(owner)
    for body in ({}, {"name": "web shop 5"}, {"name": "Web shop"}, {}, {}):
        assert program.post("/api/v1/funnels/templates/web_shop", body, "application/json").status_code == 201
    names = list(SavedFunnel.objects.order_by("pk").values_list("name", flat=True))
    assert names == ["Web shop", "Web shop 2", "Web shop 3", "web shop 5", "Web shop", "Web shop 4", "Web shop 6"]
    SavedFunnel.objects.filter(name="Web shop 2").update(deleted="2026-01-01T00:00:00Z")
    assert free_name("Web shop") == "Web shop 2"


def test_spellings_that_count_as_one_are_found_by_any_of_them(happened: Happened) -> None:
    happened([("ann", "Alpha", "2026-01-01"), ("bo", "Order Completed", "2026-01-02")])
    merge(COMMAND_LINE, "Order Completed", "Alpha")
    assert choices_there().found(template_of("web_shop")) == {"paid": "e:Alpha"}


def test_empty_product_offers_templates_with_names_to_send(owner_client: Client) -> None:
    page = owner_client.get("/funnels/").content.decode()
    assert "AIDA" in page
    assert "Web shop" in page
    page = owner_client.get("/funnels/templates/saas/").content.decode()
    assert 'value="Signed Up"' in page
    with translation.override("da"):
        owner_client.post("/funnels/templates/saas/", {"visited": "Page Viewed", "signed_up": "Signed Up"})
    assert [step.title for step in SavedFunnel.objects.get().funnel.steps] == ["Page Viewed", "Signed Up"]


def test_sales_template_takes_the_stages_of_one_pipeline() -> None:
    make_pipeline("b2b", who=COMMAND_LINE)
    make_pipeline("b2b", who=COMMAND_LINE, name="Second")
    template, there = template_of("b2b_sales"), choices_there()
    found = there.found(template)
    (_name, first), (_other, _second) = there.places

    assert set(found) == set(template.steps)
    assert set(found.values()) <= {one.value for one in first}
    funnel = built(template, found, there)
    assert (funnel.unit, funnel.skips) == (Unit.DEAL, Skips.FILL)
    assert [step.title for step in funnel.steps][:4] == ["Prospecting", "Contact", "Need", "Offer"]


def test_stage_that_a_pipeline_has_is_offered_once(bring: Bring) -> None:
    make_pipeline("b2b", who=COMMAND_LINE, name="Sales")

    def told(*stages: tuple[str, str | None]) -> None:
        rows = [("d1", "Deal Stage Entered", f"2026-01-{day:02}", *stage) for day, stage in enumerate(stages, 1)]
        bring(read(pl.DataFrame(rows, schema=["deal", "event", "time", "to", "pipeline"], orient="row")))

    told(("Contact", "Sales"), ("Need", "Sales"), ("Offer", "Another"), ("Handshake", "Sales"))
    there = choices_there()
    assert [text for _value, text, _count in there.stages] == ["Offer", "Handshake"]
    assert len(set(there.found(template_of("b2b_sales")).values())) == 6

    told(("Need", None))
    assert [text for _value, text, _count in choices_there().stages] == ["Need", "Offer", "Handshake"]


def test_parts_of_the_funnel_are_made_of_the_stages_that_belong_to_them(owner_client: Client) -> None:
    pipeline = make_pipeline("b2b", who=COMMAND_LINE)
    (one,) = levelled()
    funnel = funnel_of_levels(one)

    assert [step.title for step in funnel.steps] == [
        "Top of the funnel",
        "Middle of the funnel",
        "Bottom of the funnel",
        "Deal Won",
    ]
    assert funnel.unit is Unit.DEAL
    owner_client.post("/funnels/templates/tofu/", {"pipeline": str(pipeline.pk)})
    row = SavedFunnel.objects.get()
    assert row.funnel == funnel
    assert owner_client.post("/funnels/templates/aida/", {"pipeline": str(pipeline.pk)}).status_code == 404


def test_funnel_of_a_pipeline_and_of_the_lifecycle_is_one_click_from_the_list(owner_client: Client) -> None:
    pipeline, lifecycle = (make_pipeline(code, who=COMMAND_LINE) for code in ("b2b", "five"))
    save(COMMAND_LINE, Funnel.of("A", "B"), "Own")
    page = owner_client.get("/funnels/?all").content.decode()
    assert f"/funnels/pipelines/{pipeline.pk}/" in page
    assert f"/funnels/pipelines/{lifecycle.pk}/" in page

    owner_client.post(f"/funnels/pipelines/{lifecycle.pk}/")
    assert SavedFunnel.objects.get(pipeline=lifecycle).funnel.unit is Unit.PERSON
    assert [one.pk for one in followable()] == [pipeline.pk]
    funnel_over(pipeline)
    assert followable() == []


def test_step_that_the_template_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="has no step 'sold'"):
        built(template_of("aida"), {"sold": "e:Paid"}, choices_there())
