"""The contact sheet of `docs/explain/pictures.md`: 24 prompts, painted and put side by side.

python benchmarks/pictures.py docs/explain/pictures.webp
"""

import sys
from pathlib import Path

from PIL import Image

from antiphon.engines.painter.brief import ASPECTS, Request, brief
from antiphon.engines.painter.compose import composed
from antiphon.engines.painter.paint.canvas import painted

SEED = 7
COLUMNS, WIDTH, GAP = 4, 400, 10
PROMPTS = (
    "A photorealistic mountain landscape at golden hour",
    "a quiet mountain lake at dawn",
    "snow-covered peaks under the northern lights",
    "a cabin in the hills in winter, snowfall",
    "a meadow of wildflowers in spring",
    "a road through the hills at sunset",
    "hot air balloons over green valleys, morning",
    "sawah dan perbukitan, pagi berkabut",
    "a tropical beach with palm trees at sunset",
    "a lighthouse on a cliff in a storm",
    "sailing boat on a calm sea at noon",
    "laut malam hari, bulan purnama",
    "misty pine forest",
    "an autumn forest, sunny afternoon",
    "sand dunes at golden hour",
    "cactus desert under a pink sky",
    "city skyline at night by the river",
    "neon cyberpunk city in the rain",
    "saturn with rings, nebula",
    "bouquet of roses in a vase",
    "abstract circles, bauhaus",
    "portrait of a woman with flowers in her hair",
    "coral reef with fish",
    'album cover, retro sunset over the sea, "Jalan Pulang"',
)


def main() -> None:
    height = round(WIDTH / float(ASPECTS["4:3"]))
    rows = -(-len(PROMPTS) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (WIDTH + GAP) + GAP, rows * (height + GAP) + GAP), "#f4f1ea")
    for number, prompt in enumerate(PROMPTS):
        scene = composed(brief(Request(prompt=prompt, seed=SEED, aspect="4:3")))
        picture = Image.fromarray(painted(scene, width=WIDTH * 2, height=height * 2)).reduce(2)
        row, column = divmod(number, COLUMNS)
        sheet.paste(picture, (GAP + column * (WIDTH + GAP), GAP + row * (height + GAP)))
    sheet.save(Path(sys.argv[1]), quality=80, method=6)


if __name__ == "__main__":
    main()
