"""How long films take, and how much memory: each in a process of its own. Processor time, of rendering and encoding.

python benchmarks/film.py [480p 720p 1080p]
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

PROMPTS = (
    "A photorealistic mountain landscape at golden hour, drone shot",
    "a mountain lake at sunset with a boat and birds",
    "a tropical beach with palm trees",
    "a lighthouse in a storm",
    "a misty pine forest",
    "a city skyline at night by the river in rain",
    "northern lights over snowy mountains, stars",
    "saturn in space",
    "abstract waves",
    "portrait of a woman",
)
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


def measure(prompt: str, size: str) -> None:
    """Make five seconds; print what they took as JSON, the start of the process included."""
    began = time.perf_counter()
    from antiphon.engines.film.request import Request  # noqa: PLC0415 - what it takes counts
    from antiphon.engines.film.studio import make  # noqa: PLC0415

    with tempfile.TemporaryFile() as file:
        make(Request(prompt=prompt, seed=3, size=size), file)  # type: ignore[arg-type]
        length = file.tell()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "processor": usage.ru_utime + usage.ru_stime,
        "wall": time.perf_counter() - began,
        "peak": usage.ru_maxrss // 1024,
        "bytes": length,
    }
    print(json.dumps(told))


def main() -> None:
    if len(sys.argv) == 4 and sys.argv[1] == "one":
        measure(*sys.argv[2:])
        return
    print("# Films, measured\n")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; command: `python benchmarks/film.py`.")
    print("Five seconds each, the start of the process included. Promised: 720p within 6 s on two cores; 600 MB.\n")
    print("| size | prompt | processor s | wall s | peak MiB | KB |\n|---|---|---|---|---|---|")
    for size in sys.argv[1:] or ["720p"]:
        for prompt in PROMPTS:
            command = [sys.executable, __file__, "one", prompt, size]
            done = subprocess.run(command, env={**os.environ, **ONE_CORE}, capture_output=True, text=True, check=True)
            told = json.loads(done.stdout)
            figures = f"{told['processor']:.1f} | {told['wall']:.1f} | {told['peak']} | {told['bytes'] // 1000}"
            print(f"| {size} | {prompt} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
