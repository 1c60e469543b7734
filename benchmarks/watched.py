"""The server, with one number more in its metrics: how many tasks its loop has."""

import asyncio

from prometheus_client import Gauge

from antiphon.cli.main import main
from antiphon.kit import observe


class Watched(observe.Metrics):
    """Metrics that tell of tasks."""

    def __init__(self) -> None:
        super().__init__()
        tasks = Gauge("benchmark_tasks", "Tasks of the event loop.", registry=self.registry)
        tasks.set_function(lambda: len(asyncio.all_tasks()))


if __name__ == "__main__":
    observe.Metrics = Watched  # type: ignore[misc]
    main()
