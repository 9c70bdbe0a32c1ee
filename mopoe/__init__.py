"""MoPoE: the mixture-of-products-of-experts VAE in PyTorch."""

from .config import MoPoEConfig
from .data import Batch, IncompleteDataset, MultimodalBaseDataset, Sample, collate
from .evidence.bounds import Bounds
from .evidence.nll import NLLEstimate
from .evidence.results import PerSample, Summary
from .gaussians import kl_to_standard_normal, product_of_experts, subset_products
from .likelihoods import Likelihood
from .masks import length_masks
from .model import MoPoE
from .multivae.converter import from_multivae
from .networks import NETWORKS, BaseDecoder, BaseEncoder, BaseMultilatentEncoder
from .output import ModelOutput

__version__ = "0.1.0"

__all__ = [
    "NETWORKS",
    "BaseDecoder",
    "BaseEncoder",
    "BaseMultilatentEncoder",
    "Batch",
    "Bounds",
    "IncompleteDataset",
    "Likelihood",
    "MoPoE",
    "MoPoEConfig",
    "ModelOutput",
    "MultimodalBaseDataset",
    "NLLEstimate",
    "PerSample",
    "Sample",
    "Summary",
    "collate",
    "from_multivae",
    "kl_to_standard_normal",
    "length_masks",
    "product_of_experts",
    "subset_products",
]
