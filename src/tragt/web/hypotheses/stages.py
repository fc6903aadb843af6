"""Kinds of steps that funnels have, told from what a step is called. The unit of observation is the step.

A name tells in four languages, in the names of events that Segment's specification gives, or in those of stages.
"""

import re
from functools import cache

from django.db import models
from django.utils.translation import pgettext_lazy

__all__ = ["StageKind", "stage_between", "stage_called"]


class StageKind(models.TextChoices):
    """What happens at a step, in the order in which customers come to it."""

    VISIT = "visit", pgettext_lazy("kind of step", "First visit")
    INTEREST = "interest", pgettext_lazy("kind of step", "Interest")
    SIGN_UP = "sign_up", pgettext_lazy("kind of step", "Sign-up or enquiry")
    QUALIFICATION = "qualification", pgettext_lazy("kind of step", "Qualification")
    MEETING = "meeting", pgettext_lazy("kind of step", "Meeting or demo")
    PROPOSAL = "proposal", pgettext_lazy("kind of step", "Proposal")
    OBJECTIONS = "objections", pgettext_lazy("kind of step", "Objections and negotiation")
    CLOSE = "close", pgettext_lazy("kind of step", "Close")
    CART = "cart", pgettext_lazy("kind of step", "Cart")
    CHECKOUT = "checkout", pgettext_lazy("kind of step", "Checkout")
    ACTIVATION = "activation", pgettext_lazy("kind of step", "Activation")
    RENEWAL = "renewal", pgettext_lazy("kind of step", "Renewal")
    OTHER = "other", pgettext_lazy("kind of step", "Another step")


# Beginnings of words in English, Danish, Swedish and Norwegian. What says more about a step stands first, as "sign up"
# before "signed" and "demo" before "requested".
_WORDS: tuple[tuple[StageKind, str], ...] = (
    (StageKind.SIGN_UP, "sign_up signup signed_up"),
    (
        StageKind.RENEWAL,
        "renew retention retained churn repeat reorder upsell loyal genkøb genbestil forny förny återköp gjenkjøp "
        "subscription abonnement abonnemang prenumer review running løbende løpende löpande",
    ),
    (
        StageKind.CHECKOUT,
        "checkout payment paid shipping billing purchas bought order kasse kassa betal lever køb köp kjøp bestil "
        "beställ ordre",
    ),
    (StageKind.CART, "cart basket product_added added_to kurv indkøbskurv varukorg handlekurv handlevogn lagt_i"),
    (
        StageKind.OBJECTIONS,
        "objection negotiat procure legal security_review indvending innvending invändning forhandl förhandl inköp "
        "innkjøp indkøb jura jurid",
    ),
    (
        StageKind.PROPOSAL,
        "proposal quote quotation offer pricing_sent business_case estimate tender tilbud offert forslag förslag anbud "
        "prisoverslag prisforslag decision decided beslut new_terms nye_vilkår nya_villkor",
    ),
    (
        StageKind.CLOSE,
        "contract sign agreement verbal commit close closing won kontrakt aftale avtal underskr signer lukning lukk "
        "stäng vundet vunnet vunnen avslut",
    ),
    (
        StageKind.MEETING,
        "demo meeting pitch presentation call appointment consult champion møde möte møte presentasjon præsentation "
        "samtale samtal opkald konsult befaring",
    ),
    (
        StageKind.QUALIFICATION,
        "qualif mql sql prospect target discovery need bant kvalific kvalifis behov målgruppe målgrupp",
    ),
    (
        StageKind.ACTIVATION,
        "activat onboard trial setup set_up install first_use in_use aktiver prøve prøv provperiod prova opsæt oppsett "
        "opstart oppstart uppstart i_brug i_bruk",
    ),
    (
        StageKind.SIGN_UP,
        "regist lead contact form enquir inquir request account tilmeld anmäl påmeld opret opprett konto kontakt "
        "henvend forespørg forespør förfråg",
    ),
    (
        StageKind.INTEREST,
        "webinar newsletter download whitepaper ebook attend interest desire consider product pricing nyhedsbrev "
        "nyhetsbrev interesse intress hentet ladda_ner laddat lastet_ned produkt pris",
    ),
    (
        StageKind.VISIT,
        "visit page session landing click impression view ad seen aware besøg besök klik side sida annonce annons "
        "opmærksom kendskab kjennskap kännedom",
    ),
)

_PARTS = re.compile(r"[A-ZÆØÅÄÖ]?[a-zæøåäöé]+|[A-ZÆØÅÄÖ]+(?![a-zæøåäö])|\d+")
_EARLY = (StageKind.VISIT, StageKind.INTEREST, StageKind.SIGN_UP, StageKind.OTHER)


@cache
def stage_called(name: str) -> StageKind:
    """What kind of step a name tells of; `OTHER` where it tells nothing.

    Args:
        name: What the step is called: "Demo Requested", "tilbud_sendt", "checkoutStarted".
    """
    said = "_" + "_".join(part.lower() for part in _PARTS.findall(name))
    for kind, words in _WORDS:
        if any(f"_{word}" in said for word in words.split()):
            return kind
    return StageKind.OTHER


def stage_between(before: str, step: str) -> StageKind:
    """What kind of step those stand at who go from one step to the next, or do not.

    They stand at the first of the two. Where its name tells nothing, the next one's does. Who comes in and is not found
    to be qualified was the wrong one to begin with, whatever brought them.

    Args:
        before: What the step is called at which they stand.
        step: What the next one is called.
    """
    here, there = stage_called(before), stage_called(step)
    if there is StageKind.QUALIFICATION and here in _EARLY:
        return there
    return there if here is StageKind.OTHER else here
