"""What events and properties are called that Tragt or its calls tell of themselves, in the reader's language.

The log has them in English, as definitions and programs do; a name that people chose for one comes before these.
"""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

__all__ = ["OWN", "OWN_PROPERTIES"]

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

OWN_PROPERTIES: Final[dict[str, str | Promise]] = {
    "arm": pgettext_lazy("property", "Arm"),
    "campaign": pgettext_lazy("property", "Campaign"),
    "channel": pgettext_lazy("property", "Channel"),
    "currency": pgettext_lazy("property", "Currency"),
    "direction": pgettext_lazy("property", "Direction"),
    "experiment": pgettext_lazy("property", "Experiment"),
    "form": pgettext_lazy("property", "Form"),
    "from": pgettext_lazy("property", "From"),
    "market": pgettext_lazy("property", "Market"),
    "minutes": pgettext_lazy("property", "Minutes"),
    "outcome": pgettext_lazy("property", "Outcome"),
    "owner": pgettext_lazy("property", "Owner"),
    "page": pgettext_lazy("property", "Page"),
    "pipeline": pgettext_lazy("property", "Pipeline"),
    "reason": pgettext_lazy("property", "Reason"),
    "renewal": pgettext_lazy("property", "Renewal"),
    "returning": pgettext_lazy("property", "Returning"),
    "source": pgettext_lazy("property", "Source"),
    "stage": pgettext_lazy("property", "Stage"),
    "to": pgettext_lazy("property", "To"),
    "value": pgettext_lazy("property", "Value"),
}
