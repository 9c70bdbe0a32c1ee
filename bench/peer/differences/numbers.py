"""Other numbers without an error: what MultiVae does."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
import torchmetrics  # before the stand-ins, as it looks for torchvision

from workbench.paper.multivae.stand_ins import stand_in_for_torchvision

from .claims import BIT, DIMS, claim, data, fails, make, torn

with stand_in_for_torchvision():
    from multivae.data.datasets.base import IncompleteDataset, MultimodalBaseDataset
    from multivae.models import MoPoE, MoPoEConfig
    from multivae.models.base.base_utils import poe
    from multivae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.models.base.base_utils import ModelOutput


@claim("The draws of a sample stand side by side")
def draws() -> None:
    model, x = make(), data()
    assert model.encode(x, N=3).z.shape == (3, 4, 2) and model.predict(x, N=3).image.shape == (3, 4, 2, 2)
    flat = model.encode(x, N=3, return_mean=True, flatten=True).z
    assert torch.equal(flat[:4], flat[4:8])


@claim("What is generated is in data space")
def logits() -> None:
    model, z = make(decoders_dist=BIT), torch.randn(5, 2)
    found = model.decode(ModelOutput(z=z, one_latent_space=True)).text
    assert torch.equal(found, model.decoders["text"](z).reconstruction)


@claim("The mean is that of the posterior")
def mean() -> None:
    model, x = make(), data()
    means = [mu for mu, _ in model.inference(x)["subsets"].values()]
    assert torch.allclose(model.encode(x, return_mean=True).z, torch.stack(means).mean(0))


@claim("Which component a sample gets is drawn")
def component() -> None:
    model, one = make(), data(1).data
    for n in (300, 2):
        same = MultimodalBaseDataset({name: x.expand(n, *x.shape[1:]) for name, x in one.items()})
        found = model.inference(same)
        expected = [0] * 100 + [1] * 100 + [2] * 100 if n == 300 else [2] * 2
        assert torch.equal(found["joint"][0], torch.stack([found["mus"][s, 0] for s in expected]))


@claim("Joint likelihoods have no bias")
def joint() -> None:
    assert fails(AttributeError, lambda: make().compute_joint_nll(torn(), K=3))


@claim("Estimates leave the random state alone")
def state() -> None:
    model, x = make(), data()
    assert model.compute_joint_nll(x, K=3) != model.compute_joint_nll(x, K=3)


@claim("Conditional likelihoods are conditional")
def conditional() -> None:
    model, x = make(), data()
    torch.manual_seed(0)
    found = model.compute_cond_nll(x, ["text"], ["image"], k_iwae=2000)["image"]
    torch.manual_seed(1)
    z = model.encode(x, ["text"], N=2000)
    recon = model.decode(z, "image").image
    log_prob = torch.distributions.Normal(recon, 1).log_prob(x.data["image"]).flatten(2).sum(-1)
    assert abs(float(found + (log_prob.logsumexp(0) - torch.tensor(2000.0).log()).mean())) < 0.02


@claim("Default networks are others")
def networks() -> None:
    plain, private = make(), make(modalities_specific_dim={"text": 1, "image": 1})
    assert (len(plain.encoders["text"].layers), len(private.encoders["text"].layers)) == (2, 1)
    recon = make(decoders_dist=BIT).decoders["text"](100 * torch.randn(50, 2)).reconstruction
    assert float(recon.min()) >= 0 and float(recon.max()) <= 1


@claim("What stands under a missing entry never matters")
def missing() -> None:
    model = make()
    assert fails(ValueError, lambda: model(torn(float("nan"))))
    first, second = (
        model.encode(torn(x), "image", ignore_incomplete=True, return_mean=True).z[0] for x in (0, 50)
    )
    assert float((first - second).abs().max()) > 1


@claim("Terms of modalities that are missing are means over those who have them")
def terms() -> None:
    batch = IncompleteDataset(torn().data, {"text": torch.ones(4) == 1, "image": torch.arange(4) > 2})
    model = make()
    with torch.no_grad():
        few, all_ = (model(x).metrics["recon_image"] for x in (batch, MultimodalBaseDataset(batch.data)))
    assert float(few) < 0.8 * float(all_)


@claim("Private divergences are told apart")
def private() -> None:
    model, x = make(modalities_specific_dim={"text": 1, "image": 2}), data()
    found = model.inference(x)
    styles = found["modalities"].values()
    divergence = model.calc_joint_divergence(found["mus"], found["logvars"], found["weights"])[
        "joint_divergence"
    ]
    for e in styles:
        mu, logvar = e.style_embedding, e.style_log_covariance
        divergence = divergence - 0.5 * (1 - logvar.exp() - mu.square() + logvar).sum(-1).mean()
    metrics = model(x).metrics
    assert set(metrics) == {"joint_divergence", "recon_text", "recon_image"}
    assert torch.isclose(metrics["joint_divergence"], divergence)


@claim("Nothing is added to a variance")
def added() -> None:
    narrow = torch.full((1, 1, 1), -40.0, dtype=torch.float64)
    assert abs(float(poe(narrow, narrow)[1].exp()) - 1e-8) < 1e-15


@claim("The mode of the networks is left as it was")
def mode() -> None:
    model = make().train()
    model.predict(data())
    assert not model.training


@claim("The config stays yours")
def config() -> None:
    mine = MoPoEConfig(n_modalities=2, latent_dim=2, input_dims=DIMS)
    donor = make()
    for _ in range(2):
        MoPoE(mine, encoders=dict(donor.encoders))
    assert mine.subsets is not None and mine.decoders_dist is not None
    assert mine.custom_architectures == ["encoders", "encoders"]


@claim("Draws from the prior come with what they decode to")
def prior() -> None:
    model = make(modalities_specific_dim={"text": 1, "image": 2})
    assert set(model.generate_from_prior(4)) == {"z", "one_latent_space"}
    assert model.generate_from_prior(1).z.shape == (2,)
    assert fails(Exception, lambda: model.decode(model.generate_from_prior(4)))


@claim("Subsets are tuples, the empty one is none")
def subsets() -> None:
    model = make()
    listed = model.all_subsets()
    assert next(listed) == () and len(list(listed)) == 3 and not list(listed)
    assert model.subsets == {"": [], "text": ["text"], "image": ["image"], "image_text": ["image", "text"]}


@claim("A dict of subsets keeps its names")
def names() -> None:
    model = make(subsets={"both": ["text", "image"], "word": ["text"]})
    assert list(model.inference(data())["subsets"]) == ["image_text", "text"]


@claim("Keywords without a use are told")
def keywords() -> None:
    model = make()
    for method in (model.encode, model.predict, model.inference, model.modality_encode):
        method(data(), retrun_mean=True)
    MoPoEConfig(n_modalities=2, sizes=3)


@claim("Settings without an effect are refused")
def settings() -> None:
    make(decoders_dist=BIT, decoder_dist_params={"text": {"scale": 2.0}})(data())
    make(decoder_dist_params={"sound": {"scale": 2.0}, "image": {"sigma": 2.0}})(data())
    make(rescale_factors={"text": 1.0, "image": 1.0, "sound": 2.0}, uses_likelihood_rescaling=True)(data())
    assert make(beta=-1.0).model_config.beta == -1
    make(decoders_dist={"text": "normal", "image": "categorical"})(data())


@claim("Training has other defaults")
def training() -> None:
    defaults = BaseTrainerConfig()
    found = defaults.learning_rate, defaults.per_device_train_batch_size, defaults.num_epochs
    assert found == (1e-4, 64, 100)
    model = make()
    with tempfile.TemporaryDirectory() as folder, torch.enable_grad():
        # Four samples are soon learnt by heart: the best epoch for others is an early one.
        settings = BaseTrainerConfig(output_dir=folder, num_epochs=60, learning_rate=3e-3, no_cuda=True)
        trainer = BaseTrainer(model, data(), data(), settings)
        trainer.train()
        (best,) = Path(folder).glob("*/final_model")
        kept = MoPoE.load_from_folder(str(best)).state_dict()
    assert not all(torch.equal(x, kept[name]) for name, x in model.state_dict().items())


@claim("Labels are always an attribute")
def labels() -> None:
    x = data()
    labelled = MultimodalBaseDataset(x.data, torch.arange(4))
    assert [hasattr(found, "labels") for found in (x[0], labelled[0])] == [False, True]
    assert [hasattr(found, "masks") for found in (x, x[0], torn(), torn()[0])] == [False, False, True, True]
    assert not isinstance(x[:2], MultimodalBaseDataset)
    kept = {"text": x.data["text"].numpy(), "image": x.data["image"][:1].numpy()}
    assert MultimodalBaseDataset(kept).data["text"] is kept["text"]


@claim("Coherence is a mean over samples")
def coherence() -> None:
    judge = torchmetrics.classification.MulticlassAccuracy(num_classes=2, average=None)
    judge(torch.tensor([0, 0, 0, 0]), torch.tensor([0, 0, 0, 1]))
    assert float(judge.compute().mean()) == 0.5  # of the samples, 0.75
