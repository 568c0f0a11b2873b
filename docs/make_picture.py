"""Films the real app for the README: `python -m docs.make_picture`."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from devtools.browser import CONTEXT, LIVE, app, browser, explore

PICTURE = Path(__file__).parent / "optimizers.webp"
ADDRESS = explore("optimizers")
SIZE = (1280, 720)
SHOWN = (960, 540)
MAX_BYTES = 3_000_000


def film(every: int = 2) -> list[Image.Image]:
    """Screenshots of the page at every second frame of its run."""
    pictures = []
    with app() as (url, _), browser() as opened:
        page = opened.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, **CONTEXT)
        page.goto(url + ADDRESS)
        page.wait_for_function(f"{LIVE}?.state === 'finished'", timeout=60_000)
        for frame in range(0, page.evaluate(f"{LIVE}.frames"), every):
            # a screenshot takes longer than a frame is shown: scrub, so that none is missed
            page.get_by_role("slider", name="Frame").fill(str(frame))
            page.wait_for_function(f"{LIVE}.current === {frame}")
            page.wait_for_timeout(200)  # the heat map follows at eight pictures per second
            shot = Image.open(io.BytesIO(page.screenshot()))
            pictures.append(shot.convert("RGB").resize(SHOWN, Image.Resampling.LANCZOS))
    return pictures


if __name__ == "__main__":
    first, *rest = film()
    first.save(PICTURE, save_all=True, append_images=rest, duration=90, loop=0,
               quality=60, method=6)
    size = PICTURE.stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"{PICTURE.name} has {size} bytes; allowed: at most {MAX_BYTES}")
    print(f"{PICTURE.name}: {len(rest) + 1} pictures, {size / 1e6:.2f} MB")
