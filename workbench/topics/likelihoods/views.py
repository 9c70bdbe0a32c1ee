"""Printed pictures of likelihoods in one call each."""

from __future__ import annotations

from ...drawing.charts import Chart, ForestPoint, forest_chart
from .arrays import Agreement, EstimatorErrors, ValuesByPlace
from .charts import draws_chart, estimate_agreement_chart, estimator_chart
from .family_likelihoods import FamilyLikelihoods, with_remark


def show_estimators(errors: EstimatorErrors, places: ValuesByPlace) -> Chart:
    """How far estimators are from the exact answer, and whether an image's place in the batch matters."""
    return estimator_chart(errors, places)


def show_differences(likelihoods: FamilyLikelihoods) -> Chart:
    """Paired differences of NLL between all families, under each proposal."""
    groups: dict[str, list[ForestPoint]] = {f"proposal: {name}": [] for name in likelihoods.proposals}
    for gap in likelihoods.differences():
        groups[f"proposal: {gap.proposal}"].append(
            ForestPoint(
                f"{gap.first} − {gap.second}",
                gap.over_images.value,
                *gap.intervals(likelihoods.level),
            )
        )
    level = f"{likelihoods.level:.0%} interval over"
    return forest_chart(
        groups,
        f"{level} images, these models",
        f"{level} seeds, these images",
        with_remark("Differences of NLL, paired by image and seed", likelihoods.observed),
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


def show_agreement(*agreements: Agreement) -> Chart:
    """Differences of two estimates, one panel each, with two Monte-Carlo errors."""
    return estimate_agreement_chart(agreements)
