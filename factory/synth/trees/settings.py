"""What governs how closely sequential trees follow the people they learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Settings:
    """Sizes in people or rows, shares in [0, 1]; the values were chosen on ACTG175, FLCHAIN and support2.

    `smallest_cell`: a category held by fewer people is never drawn, and numbers beyond that of the k-th lowest or
    highest person come from a tail that the k share; where nothing is held by so many the column is missing
    throughout. `min_people_per_leaf`: people a leaf holds at least, never fewer than `smallest_cell`; half as many
    again where there are fewer than `few_people`, because a small table's attacks need it. `chance`: a row leaves a
    node for the node above as often as their difference is owed to chance, times this: what chance made in one sample
    is no news of the next; `chance_when_many` where there are more than `many_people`, among whom a person is safer;
    `chance_when_wide` where more than `many_columns` are drawn, each of which tells less of whose the row is.
    `shrinkage`: or else with chance shrinkage / (shrinkage + people), whichever is more. `trees`: a column's trees, of
    which each drawn row takes one at random; more than `many_people` get three eighths of them, split by four times
    the rows. `people_share`: the people each tree sees. `features_share`: features tried at a split. `splitter`:
    `random` takes the best of one random threshold a feature, which is faster than `best`. `bandwidth`: width of the
    kernel around a drawn number, in multiples of Silverman's rule. `most_rows`: rows beyond which whole people are left
    out of the fit. `most_split_rows`: rows that tell where a tree splits; all of a tree's people are donors in its
    leaves. `most_code_rows`: the same for long lists of codes; `most_lead_rows`: for the ridges that lead them.
    """

    smallest_cell: int = 11
    min_people_per_leaf: int = 12
    few_people: int = 4_000
    many_people: int = 20_000
    chance: float = 1.5
    chance_when_many: float = 0.5
    many_columns: int = 40
    chance_when_wide: float = 1.0
    shrinkage: float = 0.0
    trees: int = 8
    people_share: float = 0.6
    features_share: float = 1.0
    splitter: Literal["random", "best"] = "random"
    bandwidth: float = 0.5
    most_rows: int = 150_000
    most_split_rows: int = 4_000
    most_code_rows: int = 30_000
    most_lead_rows: int = 20_000
    atom_share: float = 0.04
    scale_values: int = 40

    def for_table(self, people: int, columns: int) -> Settings:
        """The settings as they hold for a table of so many people and drawn columns."""
        leaf = max(self.min_people_per_leaf, self.smallest_cell)
        if people < self.few_people:
            return replace(self, min_people_per_leaf=3 * leaf // 2)
        if people > self.many_people:
            return replace(
                self,
                min_people_per_leaf=leaf,
                chance=min(self.chance, self.chance_when_many),
                trees=max(1, 3 * self.trees // 8),
                most_split_rows=4 * self.most_split_rows,
            )
        wide = columns > self.many_columns
        return replace(self, min_people_per_leaf=leaf, chance=self.chance_when_wide if wide else self.chance)
