"""Linear regression by synchronous data-parallel gradient descent.

One ParameterServer actor is pinned to the head; DataWorker actors are pinned to the worker pools by the logical
resource that every group of the manifest carries under its own name. Only the Python standard library and Ray.
"""

import argparse
import os
import random

import ray

TRUE_WEIGHTS = [2.0, -3.0, 0.5]


def node_group() -> str:
    """The group this process runs on, as the pod's environment tells it."""
    return os.environ.get("RAY_NODE_TYPE_NAME", "unknown")


@ray.remote(num_cpus=0, resources={"head": 1})
class ParameterServer:
    def __init__(self, size: int, rate: float) -> None:
        self.weights = [0.0] * size
        self.rate = rate

    def where(self) -> str:
        return node_group()

    def pull(self) -> list[float]:
        return self.weights

    def push(self, gradients: list[list[float]]) -> list[float]:
        for gradient in gradients:
            self.weights = [w - self.rate * g / len(gradients) for w, g in zip(self.weights, gradient)]
        return self.weights


class DataWorker:
    """Owns one shard of the data; never sees the others'."""

    def __init__(self, shard: int, rows: int) -> None:
        rng = random.Random(shard)
        self.rows = []
        for _ in range(rows):
            x = [rng.uniform(-1, 1) for _ in TRUE_WEIGHTS]
            self.rows.append((x, sum(w * v for w, v in zip(TRUE_WEIGHTS, x))))

    def where(self) -> str:
        return node_group()

    def gradient(self, weights: list[float]) -> tuple[list[float], float]:
        total, loss = [0.0] * len(weights), 0.0
        for x, y in self.rows:
            error = sum(w * v for w, v in zip(weights, x)) - y
            loss += error * error
            total = [t + 2 * error * v for t, v in zip(total, x)]
        return [t / len(self.rows) for t in total], loss / len(self.rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=5)
    steps = parser.parse_args().steps

    ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), log_to_driver=False)
    nodes = [node for node in ray.nodes() if node["Alive"]]
    print(f"connected to a Ray cluster of {len(nodes)} nodes")

    server = ParameterServer.remote(len(TRUE_WEIGHTS), rate=0.9)
    groups = ["cpu-small", "cpu-small", "cpu-big"]
    remote = ray.remote(DataWorker)
    workers = [
        remote.options(num_cpus=0.5, resources={group: 1}).remote(shard, 500) for shard, group in enumerate(groups)
    ]

    places = ray.get([server.where.remote(), *(worker.where.remote() for worker in workers)])
    print(f"ParameterServer runs on {places[0]}")
    for shard, (asked, got) in enumerate(zip(groups, places[1:])):
        print(f"DataWorker {shard} asked for {asked}, runs on {got}")
    assert places == ["headgroup", *groups], places

    weights = ray.get(server.pull.remote())
    for step in range(1, steps + 1):
        results = ray.get([worker.gradient.remote(weights) for worker in workers])
        loss = sum(loss for _, loss in results) / len(results)
        weights = ray.get(server.push.remote([gradient for gradient, _ in results]))
        print(f"step {step:2d}  loss {loss:8.5f}  weights {[round(w, 3) for w in weights]}")

    print(f"result: learned {[round(w, 2) for w in weights]}, true {TRUE_WEIGHTS}")


if __name__ == "__main__":
    main()
