"""What is done to jobs: asked for, held by a worker, taken from a dead one, cancelled, pruned."""

from tragt.web.jobs.actions.asking import cancel, enqueue
from tragt.web.jobs.actions.pruning import prune

__all__ = ["cancel", "enqueue", "prune"]
