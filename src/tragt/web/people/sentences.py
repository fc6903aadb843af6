"""Why something was refused, as a reader says it: the codes of the errors of persons and companies as sentences."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.web.accounts.sentences import say as say_of_accounts

__all__ = ["say"]

_SENTENCES: dict[str, Promise] = {
    "accounts.no_user": _("This user cannot sign in any more. Choose another one."),
    "people.company_hidden": _("%(name)s is known already and not yours to see. Ask its owner or a manager."),
    "people.company_stands": _("There is a company “%(name)s” already."),
    "people.domain_taken": _("%(domain)s is the domain of %(name)s already. Give another one."),
    "people.email_hidden": _(
        "%(email)s belongs to somebody already who is not yours to see. Ask a manager to add the person."
    ),
    "people.email_stands": _(
        "%(email)s belongs to %(name)s already. Choose that person instead, or give another address."
    ),
    "people.known_by_domain": _("This company is known by its domain, %(domain)s. Give another one instead of none."),
    "people.nameless": _("A company needs a name or a domain."),
    "people.no_company": _("There is no such company."),
    "people.no_name": _("A company needs a name."),
    "people.no_person": _("There is no such person. Perhaps the person was erased."),
    "people.nobody": _("A person needs a name, an e-mail address or a telephone number."),
}

_VALUES: dict[object, Promise] = {
    "email": _("This is not an e-mail address. Write it as name@company.com."),
    "phone": _("This is not a telephone number. Write it with its country, such as +45 33 12 34 56."),
}


def say(error: TragtError) -> str:
    """The sentence for an error, in the reader's language where there is one."""
    if error.code == "people.value" and error.fields.get("field") in _VALUES:
        return str(_VALUES[error.fields["field"]])
    sentence = _SENTENCES.get(error.code)
    return say_of_accounts(error) if sentence is None else str(sentence) % error.fields
