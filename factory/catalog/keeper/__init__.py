"""The catalogue's keeper: what is published, who may pull it, who did, and what was taken back. Over the room's store."""

from factory.catalog.keeper.keeper import Keeper, open_keeper

__all__ = ["Keeper", "open_keeper"]
