"""The concepts in the order of the course."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Concept:
    """One page.

    Attributes:
        slug: Of its page, its module in `core`, its lesson and its address.
        title: In the navigation and as heading.
        icon: A Material symbol.
        section: Heading in the catalogue.
        question: What the page lets you see.
        paper: The source to read.
    """

    slug: str
    title: str
    icon: str
    section: str
    question: str
    paper: str


CATALOG = (
    Concept(
        "optimizers", "Optimizers", ":material/route:", "Training",
        "Training is walking downhill in a landscape. Eight ways to take the next step start "
        "together: who arrives first, and at which learning rates?",
        "[Kingma & Ba 2015](https://arxiv.org/abs/1412.6980), "
        "[Wilson et al. 2017](https://arxiv.org/abs/1705.08292)",
    ),
    Concept(
        "losses", "Losses", ":material/trending_down:", "Training",
        "A net makes one number small. What does that number ask for, and is it what one wants?",
        "[Hui & Belkin 2021](https://arxiv.org/abs/2006.07322), "
        "[Guo et al. 2017](https://arxiv.org/abs/1706.04599), "
        "[Seitzer et al. 2022](https://arxiv.org/abs/2203.09168)",
    ),
    Concept(
        "representation", "Representation", ":material/translate:", "Training",
        "The same facts can be told to a net in different ways: in other units, as numbers or as "
        "categories, with a peek at the answers. What does it make of them?",
        "[LeCun et al. 1998](https://doi.org/10.1007/3-540-49430-8_2), "
        "[Ambroise & McLachlan 2002](https://doi.org/10.1073/pnas.102102699)",
    ),
    Concept(
        "tuning", "Tuning", ":material/tune:", "Training",
        "A net has many knobs: how its weights start, how large a batch is, the learning rate, its "
        "size. Which of them matter, and how does one find their place?",
        "[Glorot & Bengio 2010](https://proceedings.mlr.press/v9/glorot10a.html), "
        "[Ioffe & Szegedy 2015](https://arxiv.org/abs/1502.03167), "
        "[Bergstra & Bengio 2012](https://jmlr.org/papers/v13/bergstra12a.html), "
        "[Snoek et al. 2012](https://arxiv.org/abs/1206.2944)",
    ),
    Concept(
        "faster", "Faster training", ":material/speed:", "Training",
        "Several workers, fewer bits, larger batches: what makes training faster, and what does it "
        "cost?",
        "[Goyal et al. 2017](https://arxiv.org/abs/1706.02677), "
        "[McMahan et al. 2017](https://arxiv.org/abs/1602.05629), "
        "[Karimireddy et al. 2019](https://arxiv.org/abs/1901.09847)",
    ),
    Concept(
        "regularization", "Overfitting and regularization", ":material/fitness_center:",
        "Generalization",
        "A model can fit every training point. What decides whether it is right about new ones?",
        "[Belkin et al. 2019](https://arxiv.org/abs/1812.11118), "
        "[Zhang et al. 2017](https://arxiv.org/abs/1611.03530)",
    ),
    Concept(
        "bias_variance", "Bias and variance", ":material/target:", "Generalization",
        "The same method, hundreds of data sets: how much of its error is bias, how much is "
        "variance, and what is left whatever one does?",
        "[Geman, Bienenstock & Doursat 1992](https://doi.org/10.1162/neco.1992.4.1.1), "
        "[Domingos 2000](https://homes.cs.washington.edu/~pedrod/papers/mlc00a.pdf)",
    ),
    Concept(
        "ensembles", "Ensembles", ":material/forest:", "Generalization",
        "When does the vote of many models beat one good model, and when not?",
        "[Breiman 2001](https://doi.org/10.1023/A:1010933404324), "
        "[Freund & Schapire 1997](https://doi.org/10.1006/jcss.1997.1504)",
    ),
    Concept(
        "dqn", "DQN on CartPole", ":material/sports_esports:", "Reinforcement learning",
        "An agent learns to balance a pole by trial and error: what does each of its parts do, "
        "and what happens when one is missing?",
        "[Mnih et al. 2015](https://doi.org/10.1038/nature14236), "
        "[van Hasselt et al. 2016](https://arxiv.org/abs/1509.06461)",
    ),
    Concept(
        "skip_connections", "Skip connections and depth", ":material/layers:", "Deep networks",
        "A deeper net can do all that a shallow one can. Does it learn it, and what does adding "
        "a block's input to its output change?",
        "[He et al. 2016](https://arxiv.org/abs/1512.03385), "
        "[Balduzzi et al. 2017](https://arxiv.org/abs/1702.08591)",
    ),
    Concept(
        "convolution", "Convolution", ":material/filter_center_focus:", "Deep networks",
        "A convolutional net looks at every place of an image with the same few weights. What "
        "does it know from the start that a dense net has to learn?",
        "[LeCun et al. 1998](https://doi.org/10.1109/5.726791), "
        "[Zhang 2019](https://arxiv.org/abs/1904.11486)",
    ),
    Concept(
        "transfer", "Transfer", ":material/move_up:", "Deep networks",
        "A net has learned one thing, and there are only a few labels to learn another from. When "
        "is what it knows a better start than nothing?",
        "[Yosinski et al. 2014](https://arxiv.org/abs/1411.1792), "
        "[Kornblith et al. 2019](https://arxiv.org/abs/1805.08974)",
    ),
    Concept(
        "self_supervised", "Self-supervised learning", ":material/visibility_off:",
        "Deep networks",
        "Thousands of images, and nobody has said what is on them. What can be learned before "
        "anybody labels?",
        "[Chen et al. 2020](https://arxiv.org/abs/2002.05709), "
        "[Chen & He 2021](https://arxiv.org/abs/2011.10566), "
        "[Wang & Isola 2020](https://arxiv.org/abs/2005.10242)",
    ),
    Concept(
        "vision_tasks", "Vision tasks", ":material/image_search:", "Deep networks",
        "One picture, many questions: what is it, where is it, which pixels, and what is left of "
        "the circle? Is one net enough, and how does one measure who is right?",
        "[Ren et al. 2015](https://arxiv.org/abs/1506.01497), "
        "[Ronneberger et al. 2015](https://arxiv.org/abs/1505.04597), "
        "[Vinyals et al. 2015](https://arxiv.org/abs/1411.4555)",
    ),
    Concept(
        "recurrence", "Recurrence and memory", ":material/history:", "Sequences",
        "A net reads one symbol after the other and has only its state to remember them by. How "
        "far back can it remember, and what carries the memory?",
        "[Hochreiter & Schmidhuber 1997](https://doi.org/10.1162/neco.1997.9.8.1735), "
        "[Le et al. 2015](https://arxiv.org/abs/1504.00941)",
    ),
    Concept(
        "attention", "Attention", ":material/visibility:", "Sequences",
        "A net reads a sequence and says another one for it. What does it look at while it speaks, "
        "and what can it not do when it may not look back?",
        "[Bahdanau et al. 2015](https://arxiv.org/abs/1409.0473), "
        "[Luong et al. 2015](https://arxiv.org/abs/1508.04025)",
    ),
    Concept(
        "transformer", "Transformer", ":material/account_tree:", "Sequences",
        "A Transformer has many parts. Which can be taken out without harm, which not, and what "
        "does each of them do?",
        "[Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), "
        "[Olsson et al. 2022](https://arxiv.org/abs/2209.11895)",
    ),
    Concept(
        "language_models", "Language models", ":material/edit_note:", "Sequences",
        "BERT fills gaps, GPT goes on writing. One net, one language, two objectives: what is each "
        "good for?",
        "[Devlin et al. 2018](https://arxiv.org/abs/1810.04805), "
        "[Linzen et al. 2016](https://arxiv.org/abs/1611.01368)",
    ),
    Concept(
        "dilated_convolution", "Dilated convolution", ":material/device_hub:", "Sequences",
        "A net that reads all symbols of a sequence at once sees only a few places back. How does "
        "it come to see far, and does it learn whatever it sees?",
        "[van den Oord et al. 2016](https://arxiv.org/abs/1609.03499), "
        "[Yu & Koltun 2016](https://arxiv.org/abs/1511.07122)",
    ),
    Concept(
        "gan", "GANs", ":material/swords:", "Generation",
        "Two nets, one game: one makes things up, the other one tells them from real ones. Why "
        "does it work, circle, or collapse?",
        "[Goodfellow et al. 2014](https://arxiv.org/abs/1406.2661), "
        "[Mescheder et al. 2018](https://arxiv.org/abs/1801.04406)",
    ),
    Concept(
        "meta_learning", "Meta-learning", ":material/tips_and_updates:", "Generation",
        "A net that has seen a thousand tasks meets a new one, with five examples. What has it "
        "learned that lets it learn so fast?",
        "[Finn et al. 2017](https://arxiv.org/abs/1703.03400), "
        "[Mishra et al. 2018](https://arxiv.org/abs/1707.03141), "
        "[Snell et al. 2017](https://arxiv.org/abs/1703.05175)",
    ),
)


def concept(slug: str) -> Concept:
    """The concept of that slug; raises `KeyError`."""
    return {c.slug: c for c in CATALOG}[slug]


def by_section() -> dict[str, list[Concept]]:
    """The concepts under the headings of the catalogue, in the order of their first ones."""
    sections: dict[str, list[Concept]] = {}
    for c in CATALOG:
        sections.setdefault(c.section, []).append(c)
    return sections
