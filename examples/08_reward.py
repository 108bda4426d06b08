"""A reward for reinforcement learning: how good a model's replies to questions with known answers are.

Run it as ``python examples/08_reward.py``. The function has the form that trainers for GRPO expect (a list of replies,
the columns of the data set as lists beside it, a list of numbers back), so it can be handed to one as it is.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from spatialkit.bench import reward

THOUGHT = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL)  # one that never ends has no answer after it
ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)


def final(completion: Any) -> str:
    """Return what a completion says in the end: a text, or the last message of a chat, without its thoughts."""
    text = completion if isinstance(completion, str) else completion[-1]["content"]
    text = THOUGHT.sub(" ", text)
    tagged = ANSWER.findall(text)
    return str(tagged[-1] if tagged else text).strip()


def spatial_reward(completions: list[Any], *, task: list[str], answer: list[str], **_: Any) -> list[float]:
    """Return a reward in [0, 1] for each completion; ``task`` and ``answer`` are those of the sample it replies to.

    A number, box or pose that is nearly right earns nearly 1, so that there is something to climb; a letter, Yes or No
    is right or wrong. What holds no answer earns 0. There is nothing for length or format: add your own, small ones.
    """
    return [
        reward(name, predicted=final(reply), expected=truth)
        for reply, name, truth in zip(completions, task, answer, strict=True)
    ]


# Replies as models write them, to questions with these answers.
REPLIES: list[tuple[str, str, list[Any]]] = [
    (
        "distance_prediction_oo",
        "2.4",
        [
            "2.4",
            "<think>The sofa is 2 m long, so about 10% more...</think>The distance is roughly **2.2 metres**.",
            [{"role": "assistant", "content": "<answer>240 cm</answer>"}],
            "<think>Let me look at the picture again. The lamp is 2.4",
        ],
    ),
    (
        "obj_spatial_relation_oo",
        "C",
        ["C", "The answer is (C).", "**Answer: B**", "It is to the left of the lamp."],
    ),
    (
        "position_matching",
        "[352, 167, 392, 456]",
        [
            "[350, 170, 390, 450]",
            '```json\n{"bbox_2d": [352, 200, 392, 456]}\n```',
            "[0, 0, 1000, 1000]",
            "I see none.",
        ],
    ),
    (
        "view_change_infer",
        "move_left:0.2,move_up:0.2,move_forward:1.0,rotate_up:0,rotate_right:9",
        [
            "move_left:0.3,move_up:0.2,move_forward:1.1,rotate_up:0,rotate_right:10",
            "The camera moves 1 m forward and turns 10 degrees to the right.",
            "move_right:0.2,move_down:0.2,move_backward:1.0,rotate_up:0,rotate_left:9",
            "It stays where it is.",
        ],
    ),
    (
        "obj_frame_locate",
        "I find the curtain (red box in Frame-5) in Frame-4, Frame-5 and Frame-6.",
        ["Frames 4-6.", "The curtain is visible in Frame-5 and Frame-6.", "Frame-20", "Everywhere."],
    ),
]

for task, truth, replies in REPLIES:
    earned = spatial_reward(replies, task=[task] * len(replies), answer=[truth] * len(replies))
    # GRPO compares the replies to one question with each other: what is better than their mean becomes more likely.
    advantages = (np.array(earned) - np.mean(earned)) / (np.std(earned) + 1e-4)
    print(f"{task}: {truth}")
    for reply, points, advantage in zip(replies, earned, advantages, strict=True):
        print(f"  {points:.2f}  {advantage:+.2f}  {str(reply)[:90]!r}")
