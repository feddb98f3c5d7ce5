"""The review room over a store: candidates submitted, answered, voted on and decided, each act with its log entry."""

from factory.review.room.room import Room, open_room
from factory.review.room.submission import Comment, Page, Submission

__all__ = ["Comment", "Page", "Room", "Submission", "open_room"]
