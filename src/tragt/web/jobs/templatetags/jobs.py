"""Filters for templates that show jobs: ``{% load jobs %}``."""

from django import template

from tragt.web.jobs import words
from tragt.web.jobs.models import Job, State

register = template.Library()

TONES = {State.DONE: "good", State.FAILED: "bad", State.CANCELLED: "warn"}


@register.filter
def job_label(job: Job) -> str:
    """``{{ job|job_label }}``: what this kind of job is called."""
    return words.label(job)


@register.filter
def job_doing(job: Job) -> str:
    """``{{ job|job_doing }}``: what it says it is doing."""
    return words.doing(job)


@register.filter
def job_why(job: Job) -> str:
    """``{{ job|job_why }}``: why it did not succeed."""
    return words.why(job)


@register.filter
def job_tone(job: Job) -> str:
    """``{{ job|job_tone }}``: good, bad or warn, as components are coloured."""
    return TONES.get(State(job.state), "")
