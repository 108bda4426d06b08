"""Questions drawn while a model trains: nothing on disk, never the same twice, reproducible.

Run it as ``python examples/07_training_data.py``. With PyTorch (``pip install '.[train]'``) it feeds a DataLoader with
two workers; without, it shows the same stream as a plain iterator.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from functools import cache
from itertools import count, islice
from typing import Any

import numpy as np

import spatialkit as sk

try:
    import torch
    from torch.utils.data import DataLoader, IterableDataset, get_worker_info

    Base: Any = IterableDataset
except ImportError:
    Base = object

TASKS = ("distance_prediction_oo", "obj_spatial_relation_oo", "depth_prediction_oc_mv", "position_matching")
SCENES = ("flat-0", "flat-1")  # of a real dataset: all that are for training, and none that you will test on


def seed_of(*parts: object) -> int:
    """Return a seed that hangs on all the parts.

    Hashed, not added: with ``seed + epoch + worker``, worker 1 of one epoch is worker 0 of the next.
    """
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


@cache  # a scene is read, and looked at, once in each process
def scene_of(name: str) -> sk.Scene:
    """Return a scene: here, one room with small images."""
    return sk.load_scene("toy", scene_id=name, frames=40, width=160, height=120, rooms=1, detail=0.4)


def questions(seed: int, *, epoch: int, worker: object) -> Iterator[tuple[sk.Sample, sk.Scene]]:
    """Yield samples without end: each is drawn with a seed of its own."""
    for number in count():
        own = seed_of(seed, epoch, worker, number)
        rng = random.Random(own)
        scene, task = scene_of(rng.choice(SCENES)), rng.choice(TASKS)
        made = list(sk.generate(task, scene, seed=own, per_task=1))
        if made:  # a fact in every format; the model gets one of them
            yield rng.choice(made), scene


class TrainingData(Base):  # type: ignore[misc]
    """``length`` samples an epoch, shared among the workers of a DataLoader, images as tensors."""

    def __init__(self, length: int, *, seed: int = 0, rank: int = 0) -> None:
        self.length, self.seed, self.rank = length, seed, rank
        self.epoch = 0  # set it before each epoch; ``rank`` tells the processes of distributed training apart

    def __iter__(self) -> Iterator[dict[str, Any]]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        mine = len(range(worker, self.length, workers))
        for sample, scene in islice(questions(self.seed, epoch=self.epoch, worker=(self.rank, worker)), mine):
            pictures = np.stack([np.asarray(picture) for picture in sk.draw(sample, scene)])  # with their marks
            yield {
                "images": torch.from_numpy(pictures).permute(0, 3, 1, 2),  # (images, 3, height, width), 0 to 255
                "question": sample.question,
                "answer": sample.answer,
                "task": sample.task,  # what a reward needs, see 08_reward.py
            }


def asked(*, epoch: int, worker: int) -> list[str]:
    """Return the first questions of a stream."""
    return [sample.question for sample, _ in islice(questions(7, epoch=epoch, worker=worker), 3)]


if __name__ == "__main__":
    assert asked(epoch=0, worker=0) == asked(epoch=0, worker=0), "reproducible"
    assert len({tuple(asked(epoch=e, worker=w)) for e, w in ((0, 0), (0, 1), (1, 0))}) == 3, "no two alike"

    if Base is object:
        print("PyTorch is not installed: the same stream as a plain iterator\n")
        for sample, scene in islice(questions(7, epoch=0, worker=0), 4):
            sizes = [picture.size for picture in sk.draw(sample, scene)]
            print(f"{sample.task}, images of {sizes}\n{sample.question}\n-> {sample.answer}\n")
    else:
        data = TrainingData(8, seed=7)
        # The numbers of images and the texts differ, so a batch is a list: no default collation.
        loader = DataLoader(data, batch_size=4, num_workers=2, collate_fn=list)
        for data.epoch in range(2):
            for batch in loader:
                print(f"epoch {data.epoch}:", ", ".join(f"{x['task']} {tuple(x['images'].shape)}" for x in batch))
