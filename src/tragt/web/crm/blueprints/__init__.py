"""Pipelines and lifecycles that firms begin with."""

from tragt.web.crm.blueprints.fitting import fitted
from tragt.web.crm.blueprints.gallery import BLUEPRINTS, blueprint, blueprints
from tragt.web.crm.blueprints.shapes import Blueprint, StageBlueprint

__all__ = ["BLUEPRINTS", "Blueprint", "StageBlueprint", "blueprint", "blueprints", "fitted"]
