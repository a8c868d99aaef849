"""A search for the best learning rate and momentum with Ray Tune: the trials run on the worker group.

Results go to the volume that the manifest's `storage.sharedVolume` mounts in every pod.
"""

import argparse
import os
import random

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler

TRUE_WEIGHTS = [2.0, -3.0, 0.5]
RESULTS = "/mnt/results"


def rows(seed: int, count: int) -> list[tuple[list[float], float]]:
    rng = random.Random(seed)
    points = [[rng.uniform(-1, 1) for _ in TRUE_WEIGHTS] for _ in range(count)]
    return [(x, sum(w * v for w, v in zip(TRUE_WEIGHTS, x)) + rng.gauss(0, 0.01)) for x in points]


def mean_square(weights: list[float], data: list[tuple[list[float], float]]) -> float:
    return sum((sum(w * v for w, v in zip(weights, x)) - y) ** 2 for x, y in data) / len(data)


def trial(config: dict) -> None:
    """Fits a line by stochastic gradient descent and reports the validation loss of every pass over the data."""
    train, check = rows(0, 200), rows(1, 100)
    weights, speed = [0.0] * len(TRUE_WEIGHTS), [0.0] * len(TRUE_WEIGHTS)
    for _ in range(config["passes"]):
        for x, y in train:
            error = sum(w * v for w, v in zip(weights, x)) - y
            speed = [config["momentum"] * s - config["rate"] * 2 * error * v for s, v in zip(speed, x)]
            weights = [w + s for w, s in zip(weights, speed)]
        group = os.environ.get("RAY_NODE_TYPE_NAME", "unknown")
        tune.report({"loss": mean_square(weights, check), "group": group, "node": ray.util.get_node_ip_address()})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--passes", type=int, default=4)
    passes = parser.parse_args().passes

    ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), log_to_driver=False)
    space = {
        "rate": tune.grid_search([0.0003, 0.003, 0.03]),
        "momentum": tune.grid_search([0.0, 0.5]),
        "passes": passes,
    }
    tuner = tune.Tuner(
        # The resource "trials" exists on that group's pods only.
        tune.with_resources(trial, {"cpu": 0.5, "trials": 1}),
        param_space=space,
        tune_config=tune.TuneConfig(metric="loss", mode="min", scheduler=ASHAScheduler(max_t=passes)),
        run_config=tune.RunConfig(name="line", storage_path=RESULTS, verbose=0),
    )
    results = tuner.fit()

    for result in sorted(results, key=lambda one: one.metrics["loss"]):
        config, metrics = result.config, result.metrics
        print(
            f"rate {config['rate']:<6}  momentum {config['momentum']}  passes {metrics['training_iteration']}"
            f"  loss {metrics['loss']:.5f}  on {metrics['group']} {metrics['node']}"
        )
    best = results.get_best_result()
    rate, momentum, loss = best.config["rate"], best.config["momentum"], best.metrics["loss"]
    print(f"trials {len(results)}, failed {results.num_errors}, nodes {len({one.metrics['node'] for one in results})}")
    print(f"result: best rate {rate}, momentum {momentum}, loss {loss:.5f}")
    if results.num_errors:
        raise SystemExit("some trials failed")


if __name__ == "__main__":
    main()
