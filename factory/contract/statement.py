"""What the owner of the data states beside them: software cannot know it, and reviewers are asked whether it is true.

A field left out leaves open, or fails, the controls that ask for it; it never passes them.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from factory.contract.columns import Strict

Territory = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|EEA|CN-GBA|WORLD)$")]
Said = Annotated[str, StringConstraints(max_length=2000, pattern=r"\S")]


class Statement(Strict):
    """What the owner states beside the data."""

    controller: Said | None = Field(None, description="Who answers for the personal data the release is drawn from.")
    legal_basis: Said | None = Field(None, description="On what the de-identification itself rests (GD-7).")
    dpia: Said | None = Field(None, description="Reference of the data protection impact assessment (GD-7).")
    dpo: Said | None = Field(None, description="Who signs for data protection (GD-7).")
    review_on: dt.date | None = Field(None, description="Day by which the assessment is looked at again (GD-7).")
    collected_for: Said | None = Field(None, description="What the people were told their data are for (HK-1, DPP3).")
    destination: Territory | None = Field(
        None, description="Where the recipients are: a code of ISO 3166-1, `EEA`, `CN-GBA` or `WORLD` (CN-4)."
    )
    people_before: int = Field(
        0,
        ge=0,
        description="People whose data went to the same destination earlier in this calendar year, linked releases"
        " among them (CN-4).",
    )
    hgr_approval: Said | None = Field(
        None, description="Number of the approval for human genetic resource information (CN-6)."
    )
    important_data: Literal["no", "yes"] | None = Field(
        None, description="Whether the data were notified or declared as important data (CN-7)."
    )
