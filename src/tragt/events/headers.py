"""Names that columns usually have, in English and the Scandinavian languages, and in exports of CRMs."""

import re
import unicodedata

__all__ = [
    "CREATED",
    "KNOWN",
    "ROW_IDS",
    "STAGE",
    "closes",
    "entered_stage",
    "is_dated",
    "is_upkeep",
    "looks_like_data",
    "plain",
    "stem",
    "words",
]

_ROLES = """
person
    person id, user id, distinct id, person, user, contact id, contact, lead id, lead, customer id, customer,
    client id, visitor id, member id, subscriber id, profile id, user pseudo id, domain userid, who id,
    email, email address, e-mail, mail, recipient, person name, contact person, contact name, person email,
    associated contact ids, associated contact, deal contact person, deal person, visitor, member, client,
    person uuid, anonymous id,
    bruger id, bruger, kunde id, kundenummer, kundenr, kunde, kontakt id, kontakt, kontaktperson, besøgende,
    användar id, användare, kund id, kundnummer, kund, kontakt person, besökare,
    bruker id, bruker, kontakt navn, besøkende, e-post, epost
company
    company id, company, company name, account id, account, account name, organisation id, organisation,
    organization id, organization, organization name, org id, org name, group id, associated company ids,
    associated company, deal organization, deal organisation, org,
    virksomhed, virksomheds id, firma, firmanavn, selskab, cvr, cvr nummer, konto,
    företag, företagsnamn, företags id, organisationsnummer,
    selskap, bedrift, foretak, organisasjon, organisasjonsnummer, firmanavn id
deal
    deal id, opportunity id, deal, opportunity, opportunity name, deal name, deal title, case id, case,
    case concept name, order id, associated deal ids,
    salgsmulighed, salgsmuligheds id, salgsmulighed id, handel, tilbud, sag, sags id,
    affär, affärs id, affär id, affärsmöjlighet, ärende,
    salgsmulighet, salgsmulighet id, sak, saks id
session
    session id, session, visit id, ga session id, domain sessionid, session key,
    besøg, besøgs id, besök, besöks id, besøk, økt, økt id, sesjon
time
    timestamp, time, event time, event timestamp, occurred at, datetime, date time, date and time, event date,
    happened at, original timestamp, time timestamp, collector tstamp, derived tstamp, ts, created at,
    activity date, activity date time, activity time, create date, created date, created, created on,
    changed at, entered at, start date, start date time, date, day, sent at, received at, visited at,
    last modified, last modified date, edit date,
    tidspunkt, tidsstempel, tid, dato, dato og tid, oprettet, oprettelsesdato, hændelsestidspunkt,
    tidpunkt, tidsstämpel, datum, datum och tid, skapad, händelsetid,
    klokkeslett, opprettet, opprettelsesdato, hendelsestidspunkt
event
    event, event name, event type, concept name, action, activity, activity name, activity type, event action,
    hændelse, hændelsestype, handling, aktivitet, händelse, händelsetyp, åtgärd, hendelse, hendelsestype,
    step, to stage, new stage, stage entered, stage, stage name, deal stage, deal stage name, lifecycle stage,
    pipeline stage, trin, stadie, fase, steg, fas, trinn, type, name, value, status
id
    event id, message id, insert id, event uuid, uuid, activity id, row id, id, hændelses id, händelse id, hendelse id
"""
STAGE = (
    "dealstage", "stagename", "stage", "opportunitystage", "pipelinestage", "lifecyclestage", "dealstatus",
    "leadstatus", "dealpipelinestageid", "status", "stadie", "salgsfase", "fase", "trin", "fas", "säljfas", "trinn",
)  # fmt: skip
ROW_IDS = ("id", "recordid", "dealid", "dealpipedrivesystemid", "pipedrivesystemid")


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


CREATED = _set("create created creation add added opret oprettet oprettelses skapad opprettet opprettelses")
_NOT_EVENTS = _set(
    "modified update updated modification modstamp synced viewed referenced activity expected estimated forecast "
    "due birth birthday next planned snapshot deleted exported import imported change incoming outgoing "
    "ændret forventet senest uppdaterad ändrad förväntad senaste endret sist"
)
_CLOSE = _set("close closed closing lukket lukke luknings afsluttet stängd stängnings avslutad avsluttet")
_WHEN = _set("date time datetime timestamp at on dato datum tid tidspunkt tidpunkt day when")
_ENTITY = _set("deal opportunity property person lead contact")
_GLUED = re.compile(
    rf"\b({'|'.join(sorted(CREATED | _CLOSE | {'won', 'lost', 'start', 'end'}))})(date|dato|datum|time)\b"
)
_CELL = re.compile(r"[^@\s]+@[^@\s]+\.\w+|-?\d+([.,]\d+)*|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|[0-9a-f]{8}-[0-9a-f-]{27}")
_ENTERED = re.compile(r"date entered\s*[\"'“”‘’]+(.+?)(?:\s*\([^()]*\))?\s*[\"'“”‘’]+", re.IGNORECASE)
_ENTERED_ID = re.compile(r"(?:property_)?hs_(?:v2_)?date_entered_(.+)", re.IGNORECASE)


def plain(name: str) -> str:
    """A header without case, spaces and punctuation: ``User-ID`` and ``user_id`` are the same."""
    return "".join(letter for letter in unicodedata.normalize("NFC", name).casefold() if letter.isalnum())


def words(name: str) -> list[str]:
    """The words of a header in lower case; also of ``camelCase``."""
    parted = re.sub(r"(?<=[a-zæøåäö])(?=[A-ZÆØÅÄÖ])", " ", unicodedata.normalize("NFC", name)).casefold()
    return _GLUED.sub(r"\1 \2", re.sub(r"[\W_]+", " ", parted)).split()


def stem(name: str) -> str:
    """What a date column is the date of: ``engage_date`` gives ``engage``; empty where it does not say."""
    return " ".join(word for word in words(name) if word not in _WHEN and word not in _ENTITY)


def is_dated(name: str) -> bool:
    """Whether a header says that its column holds dates or times."""
    return not _WHEN.isdisjoint(words(name)) or plain(name).endswith(("date", "time", "timestamp", "dato", "datum"))


def looks_like_data(name: str) -> bool:
    """Whether a header looks like a cell: an e-mail address, a number, a date or a long identifier."""
    return _CELL.fullmatch(name.strip()) is not None


def is_upkeep(name: str) -> bool:
    """Whether a date column tells of records and plans and not of what happened."""
    whole = plain(name)
    return not _NOT_EVENTS.isdisjoint(words(name)) or any(word in whole for word in _NOT_EVENTS if len(word) > 6)


def closes(name: str) -> bool:
    """Whether a date column tells when a deal was closed, won or lost."""
    return bool(_CLOSE & set(words(name)))


def entered_stage(name: str) -> str | None:
    """The stage whose entering a column dates in exports of HubSpot; None for other columns."""
    found = _ENTERED.fullmatch(name.strip()) or _ENTERED_ID.fullmatch(name.strip())
    return found[1].strip() if found else None


def _known() -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    role = ""
    for line in _ROLES.strip().splitlines():
        if not line.startswith(" "):
            role = line
            known[role] = ()
        else:
            known[role] += tuple(plain(name) for name in line.split(",") if plain(name))
    return known


KNOWN = _known()
