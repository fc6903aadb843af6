"""The kinds of records that files bring and that the apps below have: companies and users."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.imports.actions.companies import company_of_row, look_at_companies, undo_companies, write_companies
from tragt.web.imports.actions.users import NOWHERE, PERMISSION, look_at_users, undo_users, user_of_row, write_users
from tragt.web.imports.targets import Target, TargetField
from tragt.web.people.models import Market
from tragt.web.people.normal import email

__all__ = ["COMPANIES", "USERS"]

_MARKETS = {
    "small": Market.SMALL,
    "smb": Market.SMALL,
    "sme": Market.SMALL,
    "mid": Market.MID,
    "mid-market": Market.MID,
    "midmarket": Market.MID,
    "medium": Market.MID,
    "enterprise": Market.ENTERPRISE,
    "large": Market.ENTERPRISE,
}


def _market(text: str) -> str | None:
    spelled = {str(one.label).casefold(): one for one in Market} | _MARKETS
    found = spelled.get(text.casefold())
    return found.value if found else None


def _domain(text: str) -> str | None:
    bare = text.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").split("/")[0]
    return bare if "." in bare and " " not in bare and "@" not in bare else None


def _email(text: str) -> str | None:
    found = email(text)
    return found if found and not found.endswith(f"@{NOWHERE}") else None


_COMPANY = (
    "account", "accountname", "company", "companyname", "customer", "customername", "organization", "organisation",
    "organizationname", "firma", "firmanavn", "virksomhed", "virksomhedsnavn", "kunde", "kundenavn", "företag",
    "företagsnamn", "kund", "kundnamn", "bedrift", "selskap",
)  # fmt: skip
_SELLER = (
    "salesagent",
    "agent",
    "seller",
    "salesrep",
    "salesperson",
    "sælger",
    "säljare",
    "selger",
    "user",
    "username",
)

COMPANIES = Target(
    code="company",
    title=_("Companies"),
    one=pgettext_lazy("a row of a file is", "a company"),
    permission="imports.run",
    fields=(
        TargetField(
            "name",
            _("Name"),
            (*_COMPANY, "name", "navn", "namn"),
            telling=_COMPANY,
            required=True,
            longest=300,
        ),
        TargetField(
            "domain",
            _("Domain"),
            ("domain", "companydomainname", "website", "web", "webaddress", "hjemmeside", "domæne", "domän", "domene"),
            longest=255,
            read=_domain,
            allowed="a domain is needed, such as example.org",
        ),
        TargetField(
            "market",
            _("Market"),
            ("market", "marked", "marknad", "sizeclass"),
            read=_market,
            allowed="small, mid or enterprise is needed",
        ),
    ),
    key=company_of_row,
    look=look_at_companies,
    write=write_companies,
    undo=undo_companies,
    kind="company",
    list_url="companies",
)

USERS = Target(
    code="user",
    title=_("Users"),
    one=pgettext_lazy("a row of a file is", "a user who owns deals"),
    permission=PERMISSION,
    fields=(
        TargetField(
            "name", _("Name"), (*_SELLER, "owner", "name", "navn", "namn"), _SELLER, required=True, longest=150
        ),
        TargetField(
            "email",
            _("E-mail"),
            ("email", "emailaddress", "mail", "epost"),
            longest=254,
            read=_email,
            allowed="an e-mail address is needed",
        ),
        TargetField(
            "team",
            _("Team"),
            ("team", "salesteam", "regionaloffice", "region", "office", "afdeling", "avdelning", "avdeling", "kontor"),
            longest=100,
        ),
        TargetField("manager", _("Led by"), ("manager", "salesmanager", "leader", "leder", "chef"), longest=100),
    ),
    key=user_of_row,
    look=look_at_users,
    write=write_users,
    undo=undo_users,
    beside=("team", "manager", "email"),
    list_url="users",
)
