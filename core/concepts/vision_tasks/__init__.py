"""Vision tasks: one picture, and what may be asked about it.

Eight labs: what is in a scene and where, alone and on one trunk; four questions on one trunk;
several shapes, by regions; what every pixel belongs to; where the key points of a figure are; a
sentence about a scene; an answer to a question about it; and one update, slowly.
"""

from core.concepts.vision_tasks import (
    captions,
    captions_claims,
    find,
    find_claims,
    pixels,
    pixels_claims,
    pose,
    pose_claims,
    questions,
    questions_claims,
    regions,
    regions_claims,
    shared,
    shared_claims,
    step,
    step_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "vision_tasks.find", "What and where", find, find_claims,
        small=find.Config(n_scenes=40, n_steps=20, n_before=10, n_seeds=2),
    ),
    experiment(
        "vision_tasks.shared", "One trunk", shared, shared_claims,
        small=shared.Config(nets=("class", "all"), n_scenes=50, n_steps=20, n_before=10,
                            n_seeds=2),
    ),
    experiment(
        "vision_tasks.regions", "Several things", regions, regions_claims,
        small=regions.Config(n_scenes=40, n_steps=20, n_seeds=2),
    ),
    experiment(
        "vision_tasks.pixels", "Which pixels", pixels, pixels_claims,
        small=pixels.Config(nets=("down_up", "one"), n_scenes=50, n_steps=20, n_seeds=2),
    ),
    experiment(
        "vision_tasks.pose", "Key points", pose, pose_claims,
        small=pose.Config(nets=("all", "maps"), n_scenes=40, n_steps=20, n_seeds=2),
    ),
    experiment(
        "vision_tasks.captions", "Say it", captions, captions_claims,
        small=captions.Config(nets=("nic", "attend_after"), n_scenes=60, n_steps=20, n_before=10,
                              n_seeds=2),
    ),
    experiment(
        "vision_tasks.questions", "Ask it", questions, questions_claims,
        small=questions.Config(nets=("look", "product"), n_scenes=50, n_steps=20, n_before=10,
                               n_seeds=2),
    ),
    experiment(
        "vision_tasks.step", "The next update of a kernel", step, step_claims,
        small=step.Config(n_scenes=40, at=10, n_steps=20, n_seeds=2),
    ),
)
