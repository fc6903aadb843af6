"""What is done to saved funnels: saving and bringing back, deleting, judging, sharing."""

from tragt.web.funnels.actions.judging import Judging, choose_judging
from tragt.web.funnels.actions.listing import export_list
from tragt.web.funnels.actions.removing import delete, purge, undelete
from tragt.web.funnels.actions.saving import Follows, follow, propose_first, rename, restore, save
from tragt.web.funnels.actions.sharing import Shared, revoke_link, share, touch_link
from tragt.web.funnels.actions.versions import held, store_version, usual_name

__all__ = [
    "Follows",
    "Judging",
    "Shared",
    "choose_judging",
    "delete",
    "export_list",
    "follow",
    "held",
    "propose_first",
    "purge",
    "rename",
    "restore",
    "revoke_link",
    "save",
    "share",
    "store_version",
    "touch_link",
    "undelete",
    "usual_name",
]
