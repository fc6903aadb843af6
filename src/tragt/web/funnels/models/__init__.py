"""The tables of saved funnels: what they ask, how that changed, who may look by a link, and what happened when."""

from tragt.web.funnels.models.annotations import Annotation, AnnotationKind
from tragt.web.funnels.models.saved import Compared, SavedFunnel
from tragt.web.funnels.models.sharing import SharedLink
from tragt.web.funnels.models.targets import StepTarget
from tragt.web.funnels.models.versions import SavedFunnelVersion

__all__ = ["Annotation", "AnnotationKind", "Compared", "SavedFunnel", "SavedFunnelVersion", "SharedLink", "StepTarget"]
