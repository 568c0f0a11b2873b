"""What is special to the page of language models; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

from math import prod

from playwright.sync_api import Browser, expect

from core.concepts import find
from core.concepts.language_models import own_text
from core.concepts.language_models.common import net_of
from core.concepts.language_models.objectives import Config, floors
from devtools.browser import visit, wait
from explorer.page import view_of

LAB = find("language_models.objectives")
STAGE = "document.querySelector('[data-chart=sentence]')?.__gaps"
MASKS = "document.querySelector('[data-chart=masks]')?.__masks"
CONTINUED = "document.querySelector('[data-chart=continued]')?.__continued"
TOKENS = "document.querySelector('[data-chart=tokens]')?.__tokens"
SMALL = "n_steps=40&n_seeds=1&width=16&n_layers=1&batch_size=8"


def test_the_stage_knows_the_nets_of_the_frame() -> None:
    config = Config(n_layers=3, n_heads="4", width=48)
    (stage,) = [c["stage"] for c in view_of(LAB, config)["charts"] if c["id"] == "sentence"]
    assert sum(map(prod, stage["net"]["shapes"].values())) == net_of(config, 0).n_parameters
    assert stage["net"]["n_heads"] == 4


def test_the_floors_are_drawn_where_they_are() -> None:
    (chart,) = [c for c in view_of(LAB, Config())["charts"] if c["id"] == "loss"]
    drawn = [shape["y0"] for shape in chart["figure"]["layout"]["shapes"]]
    assert drawn == [floors()["causal"], floors()["masked"]]


def test_a_visitor_writes_a_sentence_and_has_it_gone_on_with(
    server: str, chrome: Browser,
) -> None:
    """What is written is read by both nets of the frame at the playhead; how words are drawn
    changes what GPT writes and nothing else; what cannot be read is refused.
    """
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/language_models?{SMALL}")
        wait(page, f"{STAGE}?.now?.step === 40 && {STAGE}.shown")
        field = page.locator("[data-gaps=field]")
        said = page.locator("[data-chart=sentence] .lv-pole-said")
        field.fill("the king crowns _ .")
        expect(said).to_contain_text("the language himself (100 %)")
        assert page.evaluate(f"{STAGE}.hole") == 3
        field.fill("the robot crowns _ .")
        expect(said).to_contain_text('"robot" is none of the words.')
        field.fill("the king crown _ .")
        expect(said).to_contain_text("In this language there is no such sentence.")
        field.fill("a proud")
        expect(said).to_contain_text("(25 %)")
        fills = page.evaluate(f"{STAGE}.shown.fills.chances")
        page.locator("[data-drawing=temperature]").fill("0")
        assert page.evaluate(f"Math.max(...{STAGE}.shown.chances)") == 1
        greedy = page.evaluate(f"{STAGE}.shown.written")
        page.get_by_role("button", name="Draw again").click()
        assert page.evaluate(f"{STAGE}.shown.written") == greedy
        assert page.evaluate(f"{STAGE}.shown.fills.chances") == fills
        page.locator("[data-drawing=temperature]").fill("9")
        expect(said).to_contain_text("Temperature: 9 is not allowed. Allowed: 0 … 5.")
        page.locator("[data-drawing=temperature]").fill("1")
        page.locator("[data-drawing=most]").fill("3")
        assert page.evaluate(f"{STAGE}.shown.chances.filter(p => p > 0).length") == 3
        by_gpt, by_bert = page.evaluate(f"{STAGE}.shown.written")
        assert min(len(by_gpt), len(by_bert)) >= 1
        assert max(len(by_gpt), len(by_bert)) <= 10
        page.locator("[data-chart=masks]").scroll_into_view_if_needed()
        wait(page, f"{MASKS}?.shown && {MASKS}.sentence.textContent")
        bert, gpt = (page.evaluate(f"{MASKS}.shown.{net}[0]") for net in ("masked", "causal"))
        sentence = [word["asked"] for word in gpt]
        assert [word["read"] for word in gpt] == ["(start)", *sentence[:-1]]
        assert [(w["read"], w["asked"]) for w in bert] == [
            ("[MASK]", own) if w["asked"] else (own, "")
            for w, own in zip(bert, sentence, strict=True)]
        expect(page.locator("[data-chart=masks] .lv-pole-said")).to_contain_text("BERT is asked")


def test_nets_go_on_with_a_text_and_it_falls_into_tokens(server: str, chrome: Browser) -> None:
    """In its own tokens each net writes, from what a visitor begins; the coldest of all draws is
    always the same; merges are shown as far as the slider is moved.
    """
    small = f"{SMALL}&context=16&merges=0,50"
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/language_models?lab=own_text&{small}")
        wait(page, f"{CONTINUED}?.now?.step === 40 && {CONTINUED}.writers.length === 2")
        said = page.locator("[data-chart=continued] .lv-pole-said")
        field = page.locator("[data-continued=field]")
        field.fill("The walker § ")
        expect(said).to_contain_text('"§" is nowhere in the text.')
        field.fill("The walker")
        expect(said).to_contain_text("Step 40. Most probable next: Characters “")
        page.locator("[data-drawing=temperature]").fill("0")
        both = f"{CONTINUED}.writers.map((w) => w.ids.slice(0, 20).map((i) => w.symbols[i]))"
        wait(page, f"{both}.every((tokens) => tokens.length === 20)")
        written = page.evaluate(both)
        assert all("".join(tokens).startswith("The walker") for tokens in written)
        assert written[0][:10] == list("The walker")
        page.locator("[data-chart=continued]").get_by_role("button", name="Draw again").click()
        wait(page, f"{both}.every((tokens) => tokens.length === 20)")
        assert page.evaluate(both) == written
        page.locator("[data-chart=tokens]").scroll_into_view_if_needed()
        wait(page, f"{TOKENS}?.given")
        page.locator("[data-tokens=merges]").fill("0")
        told = page.locator("[data-chart=tokens] .lv-pole-said")
        expect(told).to_contain_text("After 0 merges: 3562 tokens for 3562 characters.")
        page.locator("[data-tokens=merges]").fill("50")
        n = own_text.text(own_text.Config(merges=("50",))).n_tokens[50]
        expect(told).to_contain_text(f"After 50 merges: {n} tokens")
