"""How long pictures take, and how much memory: every family, at 1K and 4K, in a process of its own on one core.

python benchmarks/painter.py [1K 2K 4K]
"""

import json
import os
import resource
import subprocess
import sys
import time

PROMPTS = (
    "a mountain landscape at golden hour",
    "a mountain lake, winter, snowfall",
    "a meadow with flowers in spring",
    "a tropical beach with palm trees",
    "a lighthouse on a cliff in a storm",
    "an autumn forest",
    "a misty pine forest",
    "sand dunes at sunset",
    "a city skyline at night by the river",
    "saturn in space",
    "a bouquet of roses",
    "abstract waves",
    "a mosaic of squares",
    "portrait of a woman",
    "a coral reef with fish",
    "album cover 'Long Way Home', sunset",
)
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


def measure(prompt: str, size: str, aspect: str) -> None:
    """Paint and write PNG; print what it took as JSON: from nothing, and once the engine is warm."""
    began = time.process_time()
    from antiphon.engines.painter.brief import Request  # noqa: PLC0415 - to be timed
    from antiphon.engines.painter.export import encoded  # noqa: PLC0415
    from antiphon.engines.painter.studio import pictures  # noqa: PLC0415

    def once(seed: int) -> tuple[float, float, int]:
        start = time.process_time()
        picture = next(pictures(Request(prompt=prompt, seed=seed, size=size, aspect=aspect)))  # type: ignore[arg-type]
        painted = time.process_time()
        data = encoded(picture.pixels, "png", seed=seed)
        return painted - start, time.process_time() - painted, len(data)

    imported = time.process_time() - began
    cold = sum(once(1)[:2]) + imported
    runs = sorted((once(seed) for seed in (2, 3, 4)), key=lambda run: run[0] + run[1])
    paint, write, length = runs[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"cold": cold, "paint": paint, "write": write, "bytes": length, "peak": peak}))


def main() -> None:
    if len(sys.argv) == 5 and sys.argv[1] == "one":
        measure(*sys.argv[2:])
        return
    print("# Pictures, measured\n")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; command: `python benchmarks/painter.py`.")
    print("Processor time on one core: painting and PNG, the engine warm; cold: from the start of the process.")
    print("Promised: both within 400 ms at 1K and within 4 s at 4K; 600 MB.\n")
    print("| size | aspect | prompt | paint ms | png ms | both ms | cold ms | peak MiB | png KB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for size in sys.argv[1:] or ["1K", "4K"]:
        for aspect in ("1:1", "16:9"):
            for prompt in PROMPTS:
                done = subprocess.run(
                    [sys.executable, __file__, "one", prompt, size, aspect],
                    env={**os.environ, **ONE_CORE},
                    capture_output=True,
                    text=True,
                    check=True,
                )
                told = json.loads(done.stdout)
                paint, write, cold = (round(told[name] * 1000) for name in ("paint", "write", "cold"))
                cells = (size, aspect, prompt, paint, write, paint + write, cold, told["peak"], told["bytes"] // 1000)
                print("|", " | ".join(map(str, cells)), "|", flush=True)


if __name__ == "__main__":
    main()
