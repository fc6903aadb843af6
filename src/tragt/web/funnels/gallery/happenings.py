"""What usually happens on the way to a sale, by the names that people and programs give it. The unit is the happening.

A template asks for happenings; the log has names. A name fits a happening where it is one of its names, holds all words
of one, or, as languages that glue words do, holds one as a part of a word. A name that says that something failed, or
was undone, fits none. It does not say what an event means, so whoever uses a template looks at what was found.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from tragt.events.headers import plain, words

__all__ = ["HAPPENINGS", "Happening", "Named", "fitting", "matched"]

_LEAST_GLUED = 5
"""Letters that a name has at least to be looked for within a word."""

_SAME, _ALL_WORDS, _NEAR = 3, 2, 1


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UNDONE = _set(
    "bug error errors exception fail failed fails failing failure crash crashed timeout invalid abandon abandoned "
    "abandonment cancel canceled cancelled cancellation decline declined denied reject rejected refund refunded remove "
    "removed removal deleted lost unpaid not "
    "fejl fejlet fejlede mislykket mislykkedes afbrudt annulleret aflyst forladt efterladt afvist fjernet slettet "
    "refunderet tabt ubetalt ikke "
    "fel misslyckad misslyckat misslyckades avbruten avbrutet avbröts annullerad annullerat avbokad avbokat inställd "
    "inställt övergiven övergivet nekad nekades avvisad avvisat borttagen borttaget återbetald återbetalt förlorad "
    "förlorat obetald obetalt inte "
    "feil feilet mislyktes avbrutt kansellert avlyst forlatt refundert tapt"
)
"""Words that say that something did not come about, or was undone."""

_UNDONE_ENDS = (
    *("bug", "error", "failed", "failure", "fejl", "feil", "sfel"),
    *("afbrudt", "avbruten", "avbrutet", "avbrutt", "forladt"),
)
"""What words end with that say so, as languages that glue words do."""

_DETAILS = _set(
    "info information details method address form page link reminder "
    "oplysninger metode adresse formular side påmindelse uppgifter metod adress formulär sida påminnelse "
    "opplysninger skjema"
)
"""Words that say that something is spoken of or filled in; it has not come about."""

_SIGNED_OTHERWISE = frozenset({"up", "in", "out"})
"""Words beside which "signed" says nothing of a contract."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens on the way to a sale.

    Attributes:
        title: What it is, for readers.
        usual: What a log usually calls it.
        names: What it is called besides, in four languages.
        near: What something close to it is called, which is taken for it where nothing better is there.
        unlike: Words that say that something else is meant.
    """

    title: Promise
    usual: str
    names: tuple[str, ...]
    near: tuple[str, ...] = ()
    unlike: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Named:
    """Something of a log that may be a happening.

    Attributes:
        value: As a field sends it.
        texts: What it is called.
        count: How often it is in the log; 0 where nobody counted.
    """

    value: str
    texts: tuple[str, ...]
    count: int = 0


@dataclass(frozen=True, slots=True)
class _Said:
    """A text without case and signs, and its words."""

    plain: str
    words: frozenset[str]


def matched(asked: Sequence[str], there: Sequence[Named]) -> dict[str, str]:
    """What of a log each happening is: the best fit first, and nothing twice.

    Args:
        asked: Codes of happenings.
        there: What the log has.

    Returns:
        The value of what was found by the code; what nothing fits is left out.
    """
    fits = [
        (fit, one.count, -asked.index(code), code, one.value)
        for code in asked
        for one in there
        if (fit := fitting(HAPPENINGS[code], one.texts))
    ]
    found: dict[str, str] = {}
    for _fit, _count, _place, code, value in sorted(fits, reverse=True):
        if code not in found and value not in found.values():
            found[code] = value
    return found


def fitting(happening: Happening, texts: Iterable[str]) -> int:
    """How well a name fits, from 3 to 0.

    Args:
        happening: The happening.
        texts: What something is called.

    Returns:
        3 where it is one of the names, 2 with all words of one, 1 with one glued in or with something near, else 0.
    """
    return max((_fit_of(happening, text) for text in texts), default=0)


def _fit_of(happening: Happening, text: str) -> int:
    said = _said(text)
    if any(_undone(word) for word in said.words) or not happening.unlike.isdisjoint(said.words):
        return 0
    fit = max(_fit(_known(name), said) for name in (happening.usual, *happening.names))
    return fit or int(any(_fit(_known(name), said) for name in happening.near))


def _undone(word: str) -> bool:
    return word in _UNDONE or word.endswith(_UNDONE_ENDS)


def _fit(name: _Said, said: _Said) -> int:
    if name.plain == said.plain:
        return _SAME
    if name.words <= said.words:
        return _ALL_WORDS
    return _NEAR if len(name.plain) >= _LEAST_GLUED and name.plain in said.plain else 0


def _said(text: str) -> _Said:
    return _Said(plain(text), frozenset(words(text)))


@cache
def _known(name: str) -> _Said:
    """The name of a happening, of which there are few, taken apart once."""
    return _said(name)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


HAPPENINGS: Mapping[str, Happening] = {
    "visited": Happening(
        pgettext_lazy("happens", "Visited the website"),
        "Page Viewed",
        _names(
            "visited, visit, page view, pageview, page viewed, session start, landing page, website visit, visitor, "
            "besøgte, besøg, sidevisning, besøgende, besökte, besök, sidvisning, besökare, besøkte, besøk, sidevisning"
        ),
    ),
    "heard": Happening(
        pgettext_lazy("happens", "Heard of you"),
        "Page Viewed",
        _names(
            "awareness, attention, visited, visit, page view, pageview, ad clicked, email opened, email clicked, "
            "newsletter, kendskab, opmærksomhed, besøgte, besøg, sidevisning, nyhedsbrev, kännedom, uppmärksamhet, "
            "besökte, besök, sidvisning, nyhetsbrev, kjennskap, oppmerksomhet, besøkte, besøk"
        ),
    ),
    "interested": Happening(
        pgettext_lazy("happens", "Showed interest"),
        "Form Submitted",
        _names(
            "interest, lead, form submitted, signed up, sign up, contact form, webinar joined, download, downloaded, "
            "subscribed to newsletter, marketing qualified, mql, interesse, formular sendt, tilmeldt, kontaktformular, "
            "hentede, leads, intresse, formulär skickat, anmäld, kontaktformulär, laddade ner, skjema sendt, påmeldt, "
            "kontaktskjema, lastet ned"
        ),
    ),
    "nurtured": Happening(
        pgettext_lazy("happens", "Came back for more"),
        "Email Clicked",
        _names(
            "nurtured, email clicked, webinar joined, webinar, guide downloaded, case study, content viewed, returned, "
            "bearbejdet, klikkede i mail, mail klikket, kom tilbage, bearbetad, klickade i mejl, mejl klickat, "
            "kom tillbaka, bearbeidet, klikket i e-post, kom tilbake"
        ),
    ),
    "wanted": Happening(
        pgettext_lazy("happens", "Asked for a meeting, a demo or a price"),
        "Meeting Booked",
        _names(
            "desire, decision, demo requested, demo, meeting booked, meeting, quote requested, price asked, trial "
            "started, consideration, sales qualified, sql, ønske, beslutning, møde booket, møde, bad om tilbud, "
            "demo bestilt, önskan, beslut, möte bokat, möte, bad om offert, demo bokad, møte booket, møte, ba om tilbud"
        ),
    ),
    "talked": Happening(
        pgettext_lazy("happens", "Talked with sales"),
        "Meeting Held",
        _names(
            "sales conversation, meeting held, meeting, call logged, call, demo held, sales call, conversation, "
            "salgssamtale, møde afholdt, møde, opkald, samtale, säljsamtal, möte hållet, möte, samtal, salgssamtale, "
            "møte holdt, møte, anrop, samtale"
        ),
    ),
    "bought": Happening(
        pgettext_lazy("happens", "Bought"),
        "Order Completed",
        _names(
            "action, purchase, purchased, bought, paid, order completed, order placed, payment, deal won, won, "
            "contract, contract signed, signed, closed won, customer, handling, købt, køb, betalt, ordre, vundet, "
            "kontrakt, underskrevet, kunde, handling, köpt, köp, betalt, betald, vunnen, avtal, kontrakt, signerat, "
            "kund, kjøpt, kjøp, betalt, vunnet, kontrakt, signert"
        ),
        unlike=_DETAILS | _SIGNED_OTHERWISE,
    ),
    "loyal": Happening(
        pgettext_lazy("happens", "Bought again, or recommended you"),
        "Referral Made",
        _names(
            "loyalty, referral made, referral, repurchase, bought again, renewed, renewal, repeat order, review, "
            "loyalitet, anbefaling, genkøb, fornyet, fornyelse, lojalitet, rekommendation, återköp, förnyad, "
            "förnyelse, lojalitet, gjenkjøp, fornyet"
        ),
        unlike=_DETAILS,
    ),
    "top": Happening(
        pgettext_lazy("happens", "Top of the funnel"),
        "Page Viewed",
        _names(
            "tofu, top of the funnel, awareness, visited, visit, page view, pageview, lead, besøgte, besøg, "
            "sidevisning, besökte, besök, sidvisning, besøkte, besøk"
        ),
    ),
    "middle": Happening(
        pgettext_lazy("happens", "Middle of the funnel"),
        "Form Submitted",
        _names(
            "mofu, middle of the funnel, consideration, form submitted, signed up, webinar joined, demo requested, "
            "meeting booked, qualified, tilmeldt, formular sendt, møde booket, anmäld, formulär skickat, möte bokat, "
            "påmeldt, skjema sendt, møte booket"
        ),
    ),
    "bottom": Happening(
        pgettext_lazy("happens", "Bottom of the funnel"),
        "Order Completed",
        _names(
            "bofu, bottom of the funnel, purchase, purchased, bought, paid, order completed, deal won, won, contract, "
            "købt, betalt, vundet, köpt, betald, vunnen, kjøpt, betalt, vunnet"
        ),
    ),
    "prospected": Happening(
        pgettext_lazy("happens", "Prospecting"),
        "Deal Created",
        _names(
            "prospecting, prospect, lead, new, deal created, engage, engaging, opsøgende, emne, ny, kundeemne, "
            "prospektering, prospekt, ny, oppsøkende, emne"
        ),
    ),
    "contacted": Happening(
        pgettext_lazy("happens", "Contact"),
        "Contacted",
        _names(
            "contact, contacted, contact made, qualified, first call, discovery, kontakt, kontaktet, kvalificeret, "
            "kontaktad, kvalificerad, kontaktet, kvalifisert"
        ),
    ),
    "needed": Happening(
        pgettext_lazy("happens", "Need"),
        "Need Found",
        _names(
            "need, needs analysis, need found, meeting, meeting held, demo, behov, behovsanalyse, møde, møde afholdt, "
            "behovsanalys, möte, møte"
        ),
    ),
    "offered": Happening(
        pgettext_lazy("happens", "Offer"),
        "Offer Sent",
        _names(
            "offer, offer sent, proposal, proposal sent, quote, quote sent, tilbud, tilbud sendt, offert, "
            "offert skickad, tilbud sendt"
        ),
    ),
    "objected": Happening(
        pgettext_lazy("happens", "Objections"),
        "Negotiation",
        _names(
            "objections, negotiation, negotiating, indvendinger, forhandling, invändningar, förhandling, innvendinger"
        ),
    ),
    "won": Happening(
        pgettext_lazy("happens", "Won"),
        "Deal Won",
        _names(
            "won, deal won, closed won, close, contract, signed, vundet, aftale indgået, underskrevet, vunnen, "
            "affär vunnen, avtal, vunnet, avtale inngått, signert"
        ),
        unlike=_DETAILS | _SIGNED_OTHERWISE,
    ),
    "viewed_product": Happening(
        pgettext_lazy("happens", "Looked at a product"),
        "Product Viewed",
        _names(
            "product viewed, view item, view product, product page, view, viewed, content view, så produkt, vare set, "
            "produktvisning, produktside, visade produkt, produktvisning, produktsida, så på produkt, produktside"
        ),
    ),
    "added": Happening(
        pgettext_lazy("happens", "Put it into the basket"),
        "Product Added",
        _names(
            "product added, add to cart, added to cart, addtocart, add to basket, added to basket, lagt i kurv, lagt i "
            "indkøbskurv, lagd i varukorg, lagt i handlekurv"
        ),
        near=_names("cart, basket, kurv, indkøbskurv, varukorg, handlekurv"),
        unlike=frozenset({"wishlist"}),
    ),
    "checkout": Happening(
        pgettext_lazy("happens", "Began to pay"),
        "Checkout Started",
        _names(
            "checkout started, begin checkout, checkout, initiate checkout, payment info entered, til kassen, kasse, "
            "kassen, betaling startet, till kassan, kassa, betalning påbörjad, til kassen, betaling startet"
        ),
        near=_names(
            "shipping details, shipping info, shipping address, shipping method, delivery details, delivery info, "
            "delivery address, delivery method, payment details, payment info, payment method, leveringsoplysninger, "
            "leveringsadresse, leveringsmetode, betalingsoplysninger, betalingsmetode, leveransuppgifter, "
            "fraktuppgifter, leveransadress, leveranssätt, betalningsuppgifter, betalningssätt, "
            "leveringsopplysninger, fraktopplysninger, leveringsmåte, betalingsopplysninger, betalingsinformasjon, "
            "betalingsmåte"
        ),
    ),
    "paid": Happening(
        pgettext_lazy("happens", "Paid"),
        "Order Completed",
        _names(
            "order completed, checkout completed, purchase, purchased, transaction, paid, payment, order placed, "
            "ordered, betalt, køb, ordre, købt, betald, betalt, köp, köpt, beställning, kjøp, kjøpt, bestilling"
        ),
        unlike=_DETAILS,
    ),
    "signed_up": Happening(
        pgettext_lazy("happens", "Signed up"),
        "Signed Up",
        _names(
            "signed up, sign up, signup, registered, account created, user created, trial started, tilmeldt, oprettet "
            "konto, registreret, anmäld, registrerad, konto skapat, registrert, opprettet konto"
        ),
    ),
    "activated": Happening(
        pgettext_lazy("happens", "Came to use it"),
        "Activated",
        _names(
            "activated, activation, onboarded, onboarding completed, first project, aha, key action, feature used, "
            "aktiveret, kom i gang, aktiverad, kom igång, aktivert, kom i gang"
        ),
    ),
    "subscribed": Happening(
        pgettext_lazy("happens", "Began to pay for it"),
        "Subscribed",
        _names(
            "subscribed, subscription started, plan chosen, trial converted, upgraded, paid, purchase, abonnement, "
            "abonnerede, opgraderede, betalt, prenumeration, prenumererade, uppgraderade, betald, abonnement, "
            "abonnerte, oppgraderte"
        ),
        unlike=_DETAILS,
    ),
    "stayed": Happening(
        pgettext_lazy("happens", "Stayed"),
        "Subscription Renewed",
        _names(
            "renewed, subscription renewed, renewal, retained, invoice paid, fornyet, fornyelse, förnyad, förnyelse, "
            "fornyet"
        ),
    ),
}
