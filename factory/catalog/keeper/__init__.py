"""The catalogue's keeper, over the room's store: what is published, who may pull it, who did, what was taken back."""

from factory.catalog.keeper.keeper import Keeper, open_keeper

__all__ = ["Keeper", "open_keeper"]
