"""Changing deals, pipelines, activities and the lifecycle: permission, write, audit, event, in this order."""

from tragt.web.crm.actions.deals import NewDeal, edit_deal, open_deal
from tragt.web.crm.actions.moving import lose_deal, move_deal, reopen_deal, win_deal

__all__ = ["NewDeal", "edit_deal", "lose_deal", "move_deal", "open_deal", "reopen_deal", "win_deal"]
