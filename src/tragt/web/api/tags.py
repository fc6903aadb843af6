"""The groups of operations, in the order of the description, each with what it is about. The unit is the group."""

from collections.abc import Mapping

__all__ = ["TAGS"]

TAGS: Mapping[str, str] = {
    "Organisation": "Who asks, and the users and teams that there are.",
    "Persons": "People: who they are, what is known of them, what they did.",
    "Companies": "Firms: where people work, and what is known of them.",
    "Deals": "What is being sold: to whom, for how much, and at which stage it stands.",
    "Activities": "Notes, calls, meetings, mails and tasks.",
    "Segments": "Saved groups of persons, companies or deals. The lists of these take `segment.any` as a filter.",
    "Products": "What deals are made of, and at which price.",
    "Markets": "How customers buy, by the size of their firm.",
    "Pipelines": "The stages that deals pass.",
    "Lifecycle": "The stages that persons pass until they are customers.",
    "Reasons": "Why deals are lost and leads are put aside.",
    "Fields": "Which fields records have, the firm's own among them.",
    "Tags": "Words that records are marked with.",
    "Search": "Records of every kind by name, address or number.",
    "Rates": "Rates between currencies.",
    "Files": "Files that belong to records.",
    "Funnels": "Saved funnels: what they count, their figures, versions, templates and shared links.",
    "Annotations": "What happened on days that figures should be read with: campaigns, changes of price, releases.",
    "Leaks": "Where saved funnels lose more than they should, and what it costs.",
    "Hypotheses": "What is believed of leaks, what is tried about them, and what to ask and try at each kind of step.",
    "Reports": "Who gets the weekly report of a funnel by mail.",
    "Webhooks": "Telling other systems what happened.",
}
