"""Mistakes that people make, each as one change of the code, for `workbench check` to find."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mistake:
    """One change: ``old`` occurs once in ``file``, and becomes ``new``."""

    name: str
    file: str
    old: str
    new: str

    def plant(self, root: Path) -> None:
        """Change the copy of the code below ``root``.

        Raises:
            ValueError: the code has changed, and the text is not there once.
        """
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(
                f"{self.name}: {self.file} has the text {text.count(self.old)} times, expected once"
            )
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


MISTAKES = (
    Mistake(
        "the prior expert is dropped",
        "mopoe/fusion/prior_expert.py",
        '    if policy == "full":\n        return full\n',
        "",
    ),
    Mistake(
        "the KL of one subset has the wrong sign",
        "mopoe/fusion/divergence.py",
        "    terms = total.log_().add_(excess).add_(square)\n",
        "    terms = total.log_().add_(excess).add_(square)\n    terms[0] *= -1\n",
    ),
    Mistake(
        "components are chosen by the place in the batch",
        "mopoe/fusion/selection.py",
        "return torch.randperm(n, device=device, generator=generator)",
        "return torch.arange(n, device=device)",
    ),
    Mistake(
        "small subsets are chosen too often",
        "mopoe/fusion/selection.py",
        "return (points * n_components).long()",
        "return (points.square() * n_components).long()",
    ),
    Mistake(
        "importance weights are reduced over the wrong axis (as in the authors' code)",
        "mopoe/evidence/importance.py",
        "value = torch.logsumexp(log_weights, 0) - math.log(len(log_weights))\n",
        "log_weights = log_weights.reshape(log_weights.shape[1], -1).T\n"
        "    value = torch.logsumexp(log_weights, 0) - math.log(len(log_weights))\n",
    ),
    Mistake(
        "all draws of an image come from one component (as in MultiVae 1.0.3)",
        "mopoe/evidence/proposals.py",
        "components = locate(points, self.weights).T\n",
        "components = locate(points, self.weights).T\n"
        "        components = (torch.arange(self.mus.shape[1]) % len(self.mus)).expand(n, -1)\n",
    ),
    Mistake(
        "beta is off by a tenth",
        "mopoe/objective.py",
        "loss = beta * divergence\n",
        "loss = 1.1 * beta * divergence\n",
    ),
    Mistake(
        "the decoder's scale is off by a tenth",
        "mopoe/likelihoods/location_scale.py",
        '        self.scale = PositiveParameter(scale, "scale", dims, floor)\n',
        '        self.scale = PositiveParameter(1.1 * scale, "scale", dims, floor)\n',
    ),
    Mistake(
        "one modality's mask is ignored",
        "mopoe/decoding.py",
        "return log_prob if batch.masks is None else log_prob.where(batch.masks[name], 0)",
        "unmasked = batch.masks is None or name == model.modalities[0]\n"
        "    return log_prob if unmasked else log_prob.where(batch.masks[name], 0)",
    ),
    Mistake(
        "training returns stale weights: the last, not the best",
        "workbench/training/loop.py",
        "return cls(copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict()))",
        "return cls(model.state_dict(), copy.deepcopy(optimizer.state_dict()))",
    ),
    Mistake(
        "draws have the variance in the place of the standard deviation",
        "mopoe/fusion/gaussians.py",
        "return mu + torch.exp(0.5 * logvar) * noise",
        "return mu + torch.exp(logvar) * noise",
    ),
    Mistake(
        "the precisions of a product are averaged, not added",
        "mopoe/fusion/gaussians.py",
        "        return weighted / precision, -torch.log(precision)\n",
        "        members = membership.sum(-1)\n"
        "        members = members.reshape(*members.shape, *[1] * (3 - members.ndim))\n"
        "        return weighted / precision, -torch.log(precision / members)\n",
    ),
)
