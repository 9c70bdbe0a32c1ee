"""Printed pictures of likelihoods in one call each."""

from __future__ import annotations

from .arrays import EstimatorErrors, Ladder, ValuesByPlace
from .figures.charts import Chart
from .figures.likelihoods import Bar, draws_chart, estimator_chart, forest_chart, ladder_chart
from .metrics.likelihoods import FamilyLikelihoods


def show_estimators(errors: EstimatorErrors, places: ValuesByPlace) -> Chart:
    """How far estimators are from the exact answer, and whether an image's place in the batch matters."""
    return estimator_chart(errors, places)


def show_ladder_of_bounds(ladder: Ladder) -> Chart:
    """The bounds, one above the other, up to the exact evidence where it is known."""
    return ladder_chart(ladder)


def show_differences(likelihoods: FamilyLikelihoods) -> Chart:
    """Paired differences of NLL between all families, under each proposal."""
    groups: dict[str, list[Bar]] = {f"proposal: {name}": [] for name in likelihoods.proposals}
    for gap in likelihoods.differences():
        groups[f"proposal: {gap.proposal}"].append(
            Bar(
                f"{gap.first} − {gap.second}",
                gap.over_images.mean,
                (gap.over_images.low, gap.over_images.high),
                (gap.over_seeds.low, gap.over_seeds.high),
            )
        )
    level = f"{likelihoods.level:.0%} interval over"
    return forest_chart(
        groups,
        f"{level} images, these models",
        f"{level} seeds, these images",
        "Differences of NLL, paired by image and seed",
        "nats; left of 0: the first is better",
    )


def show_more_draws(likelihoods: FamilyLikelihoods) -> Chart:
    """Mean NLL as the number of draws doubles and doubles again."""
    return draws_chart(
        {
            family: {name: likelihoods.by_draws(family, name) for name in likelihoods.proposals}
            for family in likelihoods.families
        }
    )
