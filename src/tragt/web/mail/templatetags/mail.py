"""Filters for templates that show mails: ``{% load mail %}``."""

from django import template

from tragt.web.mail.models import OutgoingMail
from tragt.web.mail.reasons import SENTENCES, Cause

register = template.Library()


@register.filter
def mail_why(mail: OutgoingMail) -> str:
    """``{{ mail|mail_why }}``: why it did not leave at its last attempt; empty when it did."""
    return str(SENTENCES[Cause(mail.cause)]) if mail.cause else ""
