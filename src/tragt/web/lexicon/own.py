"""What the events are called that Tragt or its calls tell of themselves, in the reader's language.

The log has them in English, as definitions and programs do; a name that people chose for one comes before these.
"""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

__all__ = ["OWN"]

OWN: Final[dict[str, str | Promise]] = {
    "Activity Corrected": pgettext_lazy("event", "Activity Corrected"),
    "Alias Made": pgettext_lazy("event", "Alias Made"),
    "Call Logged": pgettext_lazy("event", "Call Logged"),
    "Consent Given": pgettext_lazy("event", "Consent Given"),
    "Consent Withdrawn": pgettext_lazy("event", "Consent Withdrawn"),
    "Deal Created": pgettext_lazy("event", "Deal Created"),
    "Deal Lost": pgettext_lazy("event", "Deal Lost"),
    "Deal Reopened": pgettext_lazy("event", "Deal Reopened"),
    "Deal Stage Entered": pgettext_lazy("event", "Deal Stage Entered"),
    "Deal Won": pgettext_lazy("event", "Deal Won"),
    "Email Bounced": pgettext_lazy("event", "Email Bounced"),
    "Email Clicked": pgettext_lazy("event", "Email Clicked"),
    "Email Delivered": pgettext_lazy("event", "Email Delivered"),
    "Email Opened": pgettext_lazy("event", "Email Opened"),
    "Email Replied": pgettext_lazy("event", "Email Replied"),
    "Email Sent": pgettext_lazy("event", "Email Sent"),
    "Form Confirmed": pgettext_lazy("event", "Form Confirmed"),
    "Form Submitted": pgettext_lazy("event", "Form Submitted"),
    "Group Joined": pgettext_lazy("event", "Group Joined"),
    "Identified": pgettext_lazy("event", "Identified"),
    "Lifecycle Stage Entered": pgettext_lazy("event", "Lifecycle Stage Entered"),
    "Meeting Booked": pgettext_lazy("event", "Meeting Booked"),
    "Meeting Held": pgettext_lazy("event", "Meeting Held"),
    "Page Viewed": pgettext_lazy("event", "Page Viewed"),
    "Referral Made": pgettext_lazy("event", "Referral Made"),
    "Screen Viewed": pgettext_lazy("event", "Screen Viewed"),
}
