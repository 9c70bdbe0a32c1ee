"""``workbench train``: a model from the command line."""

from __future__ import annotations

import ast
import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .exits import Exit, fail, refusing_bad_input

if TYPE_CHECKING:
    from mopoe import MoPoE
    from workbench.datasets import Splits
    from workbench.training import TrainConfig
    from workbench.training.parallel.launch import Workers


def _names_of_networks() -> list[str]:
    """``mopoe.NETWORKS``, read from the table in the source: its import takes longer than help may."""
    library = find_spec("mopoe")
    assert library is not None and library.origin is not None
    tree = ast.parse(
        Path(library.origin).with_name("networks").joinpath("__init__.py").read_text(encoding="utf-8")
    )
    tables = (node.value for node in tree.body if isinstance(node, ast.AnnAssign))
    keys = [key for table in tables if isinstance(table, ast.Dict) for key in table.keys]
    return [str(key.value) for key in keys if isinstance(key, ast.Constant)]


def train(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Where the model and its history go.")],
    dataset: Annotated[str, typer.Option(help="Such as polydigits, polymnist, mnist_text.")] = "polydigits",
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of the files of data that are not embedded.")
    ] = None,
    modalities: Annotated[int | None, typer.Option(help="How many.")] = None,
    samples: Annotated[int | None, typer.Option(help="How many to train on.")] = None,
    subsets: Annotated[
        str,
        typer.Option(help='mopoe, poe, moe, sampled, sampled_by_size, or lists: [["m0"], ["m0", "m1"]].'),
    ] = "mopoe",
    prior_expert: Annotated[
        str,
        typer.Option(help="Products that the prior joins: of all modalities (full), all (as in MVAE), none."),
    ] = "full",
    subset_draws: Annotated[int, typer.Option(help="Subsets drawn a step where they are sampled.")] = 64,
    networks: Annotated[
        str, typer.Option(help=f"auto, or one for all: {', '.join(_names_of_networks())}.")
    ] = "auto",
    latent_dim: Annotated[int, typer.Option(help="Size of the shared latent space.")] = 32,
    private_dim: Annotated[int, typer.Option(help="Size of each private latent space; 0 for none.")] = 0,
    beta: Annotated[float, typer.Option(help="Weight of the divergence.")] = 2.5,
    epochs: Annotated[int, typer.Option(help="Passes over the training data.")] = 30,
    batch_size: Annotated[int, typer.Option(help="Samples a step, of all processes together.")] = 128,
    learning_rate: Annotated[float, typer.Option(help="Of Adam.")] = 1e-3,
    seed: Annotated[int, typer.Option(help="Of data, weights and noise.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.")] = "auto",
    devices: Annotated[int, typer.Option(help="Processes that train together, one a device.")] = 1,
    precision: Annotated[str, typer.Option(help="32-true, 64-true or bf16-mixed.")] = "32-true",
) -> None:
    """Train a model and save it with its history.

    Examples:

    \b
    workbench train --out runs/first
    workbench train --dataset mnist_text --latent-dim 16 --epochs 5 --out runs/mixed
    workbench train --subsets poe --prior-expert all --seed 1 --out runs/mvae
    workbench train --subsets sampled_by_size --subset-draws 16 --out runs/sampled
    workbench train --devices 2 --device cpu --out runs/together
    """
    from workbench.training.parallel.launch import rank_zero_speaks

    with rank_zero_speaks(), refusing_bad_input():
        from workbench.files import make_writable
        from workbench.reading.literals import read_value

        make_writable(out)
        chosen_subsets = read_value("list[list[str]] | str", subsets)
        given = {"data_dir": data_dir, "n_modalities": modalities, "n_train": samples, "seed": seed}
        options = {name: value for name, value in given.items() if value is not None}

        from mopoe import NETWORKS
        from workbench.datasets import load_dataset
        from workbench.training import TrainConfig
        from workbench.training.build import build_model
        from workbench.training.device import find_device
        from workbench.training.parallel.launch import launch

        config = TrainConfig(
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seed=seed,
            device=device,
            devices=devices,
            precision=precision,
            log_dir=out / "log",
        )
        # What needs no data is checked before they are made: that takes a while.
        if networks not in ("auto", *NETWORKS):
            raise ValueError(f"networks: expected one of auto, {', '.join(NETWORKS)}, got {networks!r}")
        try:
            find_device(device, devices)
        except RuntimeError as error:
            raise fail(error, Exit.BAD_USAGE) from None
        with launch(devices, context.obj) as workers:
            data = load_dataset(dataset, **options)
            model = build_model(
                data,
                networks=networks,
                private_dim=private_dim,
                seed=seed,
                latent_dim=latent_dim,
                subsets=chosen_subsets,
                prior_expert=prior_expert,
                subset_draws=subset_draws,
                beta=beta,
            )
            typer.echo(repr(data))
            _train(model, data, config, out, workers)


def _train(model: MoPoE, data: Splits, config: TrainConfig, out: Path, workers: Workers) -> None:
    from workbench.files import write_whole
    from workbench.training import fit
    from workbench.training.parallel.launch import rank

    try:
        result = fit(model, data.train, data.validation, config)
    except FloatingPointError as error:
        raise fail(error, Exit.CRASHED) from None
    except RuntimeError as error:
        # "Connection closed by peer" says little; what became of the peer says more, unless it failed as we did.
        reason = workers.failure() or ""
        raise fail(error if str(error) in reason else reason or error, Exit.CRASHED) from None
    if rank() > 0:  # the first of several processes has the same
        return
    model.save_pretrained(out / "model")
    write_whole(out / "history.json", json.dumps(result.to_dict(), indent=1) + "\n")
    typer.echo(
        f"Least validation loss {result.best_loss:.2f}, in epoch {result.best_epoch} of {result.epochs}.\n"
        f"  Model      {out / 'model'}: MoPoE.from_pretrained({str(out / 'model')!r})\n"
        f"  History    {out / 'history.json'}"
    )
    if result.interrupted:
        raise typer.Exit(Exit.INTERRUPTED)
