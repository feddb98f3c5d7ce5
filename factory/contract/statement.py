"""What a hospital states of a release and answers for: purpose, basis, recipients, routes and approvals.

Software cannot know any of it. A field left out leaves the controls that ask for it open; it never passes them.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from factory.contract.columns import Strict

Territory = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|EEA|CN-GBA|WORLD)$")]
Said = Annotated[str, StringConstraints(max_length=2000, pattern=r"\S")]
Route = Literal[
    "not-from-mainland", "exempt", "standard-contract", "certification", "gba-standard-contract", "security-assessment"
]
GREATER_BAY_AREA = frozenset({"HK", "CN-GBA"})
"""Parties to the standard contract of 2023 (CAC and ITIB): Hong Kong and the nine mainland cities."""


class Statement(Strict):
    """What the owner states beside the data; reviewers are asked whether it is true."""

    controller: Said | None = Field(None, description="Who answers for the personal data the release is drawn from.")
    collected_for: Said | None = Field(None, description="What the people were told their data are for (HK-1, DPP3).")
    legal_basis: Said | None = Field(None, description="On what the de-identification itself rests (GD-7).")
    dpia: Said | None = Field(None, description="Reference of the data protection impact assessment (GD-7).")
    dpo: Said | None = Field(None, description="Who signs for data protection (GD-7).")
    review_on: dt.date | None = Field(None, description="Day by which the de-identification is assessed anew (GD-7).")
    incident_plan: Said | None = Field(None, description="What is done when somebody is re-identified (HK-1).")
    destination: Territory | None = Field(
        None, description="Where the data go: a code of ISO 3166-1, `EEA`, `CN-GBA` or `WORLD`."
    )
    onward_transfer: bool | None = Field(None, description="Whether the recipient may pass the data on (CN-5).")
    route: Route | None = Field(
        None, description="How they may leave the mainland; CAC provisions of 22 March 2024, or the GBA's contract."
    )
    people_sent: dict[int, Annotated[int, Field(ge=0)]] | None = Field(
        None,
        description="People whose data went to the same destination by calendar year, beside those whom the register of"
        " batches counts (CN-4).",
    )
    sensitive: bool = Field(True, description="Whether the data are sensitive (PIPL Art. 28), as health data are.")
    contract_filed: dt.date | None = Field(None, description="Day on which the transfer contract was filed (CN-5).")
    contract_until: dt.date | None = Field(None, description="Last day on which the transfer contract holds (CN-5).")
    genetic_approval: Said | None = Field(
        None, description="Number of the approval for human genetic resource information (CN-6)."
    )
    important_data: Literal["no", "yes"] | None = Field(
        None, description="Whether an authority has notified or published the data as important data (CN-7)."
    )
