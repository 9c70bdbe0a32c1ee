"""Our model where MultiVae's evaluators and trainers ask for one of theirs."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mopoe import MoPoE
from workbench.paper.multivae.stand_ins import stand_in_for_torchvision

with stand_in_for_torchvision():
    from multivae.models.base import BaseMultiVAE


class AsMultiVae(BaseMultiVAE):
    """A MoPoE of ours behind the methods that MultiVae's evaluators, samplers and trainers call.

    It puts draws in their order, and hands every call on; what is generated is in data space, as in ours.
    """

    def __init__(self, model: MoPoE) -> None:
        nn.Module.__init__(self)
        self.model = model
        self.model_config, self.model_name = model.model_config, "MoPoE"
        self.n_modalities, self.latent_dim = model.n_modalities, model.latent_dim
        self.multiple_latent_spaces = model.multiple_latent_spaces
        self.device: Any = model.device  # evaluators and trainers set it

    @property
    def encoders(self) -> nn.ModuleDict:
        return self.model.encoders

    @property
    def decoders(self) -> nn.ModuleDict:
        return self.model.decoders

    def forward(self, inputs: Any, **kwargs: Any) -> Any:
        return self.model(inputs, **kwargs)

    def encode(
        self, inputs: Any, cond_mod: Any = "all", N: int = 1, return_mean: bool = False, **kw: Any
    ) -> Any:
        return self.model.encode(inputs, cond_mod, N, return_mean, layout="multivae", **kw)

    def decode(self, embedding: Any, modalities: Any = "all") -> Any:
        return self.model.decode(embedding, modalities)

    def predict(
        self,
        inputs: Any,
        cond_mod: Any = "all",
        gen_mod: Any = "all",
        N: int = 1,
        flatten: bool = False,
        **kw: Any,
    ) -> Any:
        return self.model.predict(inputs, cond_mod, gen_mod, N, flatten, layout="multivae", **kw)

    def generate_from_prior(self, n_samples: int, **kwargs: Any) -> Any:
        return self.model.generate_from_prior(n_samples, **kwargs)

    def compute_joint_nll(self, inputs: Any, K: int = 1000, batch_size_K: int = 100) -> Tensor:
        return self.model.compute_joint_nll(inputs, K, batch_size_K)

    def compute_joint_nll_paper(self, inputs: Any, K: int = 1000, batch_size_K: int = 100) -> Tensor:
        return self.model.compute_joint_nll_paper(inputs, K, batch_size_K)

    def _compute_joint_nll_from_subset_encoding(
        self, subset: Any, inputs: Any, K: int = 1000, batch_size_K: int = 100
    ) -> Tensor:
        return self.model.estimate_nll(inputs, K=K, proposal=list(subset), chunk=batch_size_K).nll.sum()

    def compute_cond_nll(self, inputs: Any, subset: Any, pred_mods: Any, k_iwae: int = 1000) -> Any:
        return self.model.compute_cond_nll(inputs, subset, pred_mods, K=k_iwae)

    def save(self, dir_path: str) -> None:
        self.model.save_pretrained(dir_path)

    def load_from_folder(self, dir_path: str) -> AsMultiVae:
        """The model that :meth:`save` wrote, of networks by name: a trainer resumes with it."""
        return AsMultiVae(MoPoE.from_pretrained(dir_path))
