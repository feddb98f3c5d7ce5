"""What a release takes from the room: votes, answers, and proof that the room's log holds them."""

from __future__ import annotations

from pathlib import Path

from factory.core.errors import NotReady, ReviewError
from factory.core.files import canonical_json, sha256_bytes, write_bytes
from factory.core.run import RunState
from factory.review.policies import check_approved
from factory.review.room.room import Room


def export(room: Room, digest: str, folder: Path) -> None:
    """Write votes/, attestations/ and room.json of an approved candidate into `folder`, files named by their digests.

    Raises: NotReady when it was not approved, or is revoked or expired since, ReviewError while the review is open,
    StorageError, DiskFull.
    """
    submission = room.get(digest)
    if submission.state is RunState.AWAITING_REVIEW:
        raise ReviewError("The review of this candidate is still open.", "See: factory room show DIGEST")
    if submission.state not in (RunState.APPROVED, RunState.RELEASED):
        raise NotReady(
            f"The candidate is {submission.state}, and may not be released.", "See: factory room show DIGEST"
        )
    votes, answers = room.decided(digest)
    check_approved(submission.candidate, digest, votes, answers)
    for vote in votes:
        write_bytes(folder / "votes" / f"{sha256_bytes(vote.data())}.json", vote.data())
    for answer in answers:
        write_bytes(folder / "attestations" / f"{sha256_bytes(answer.data())}.json", answer.data())
    proof = room.proof(digest)
    write_bytes(folder / "room.json", canonical_json(proof.model_dump(mode="json")))
