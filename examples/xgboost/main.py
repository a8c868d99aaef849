"""Gradient boosting over several pods: each one has its own rows, all of them build the same trees.

The operator sets MASTER_ADDR, MASTER_PORT, WORLD_SIZE and RANK. Rank 0 also runs XGBoost's tracker, where all meet.
"""

import argparse
import hashlib
import os
import socket

import numpy as np
import xgboost
from xgboost import collective
from xgboost.tracker import RabitTracker


def own_rows(rank: int, rows: int) -> xgboost.DMatrix:
    """The data of this rank: the sign of a product, which no linear model can tell."""
    x = np.random.default_rng(rank).uniform(-1, 1, size=(rows, 2)).astype(np.float32)
    return xgboost.DMatrix(x, label=(x[:, 0] * x[:, 1] > 0).astype(np.float32))


def start_tracker(world_size: int) -> RabitTracker:
    # Sorted by task: the tracker numbers the workers as the operator does.
    own_address = socket.gethostbyname(socket.gethostname())
    tracker = RabitTracker(world_size, host_ip=own_address, port=int(os.environ["MASTER_PORT"]), sortby="task")
    tracker.start()
    return tracker


def train(rounds: int) -> None:
    rank, size = collective.get_rank(), collective.get_world_size()
    print(f"rank {rank} of {size} on {socket.gethostname()}, xgboost {xgboost.__version__}", flush=True)
    data = own_rows(rank, rows=2000)
    history: dict[str, dict[str, list[float]]] = {}
    model = xgboost.train(
        {"objective": "binary:logistic", "eval_metric": "logloss", "max_depth": 4, "eta": 0.5, "nthread": 1},
        data,
        num_boost_round=rounds,
        evals=[(data, "train")],
        evals_result=history,
        verbose_eval=False,
    )
    if rank == 0:
        for number, value in enumerate(history["train"]["logloss"], start=1):
            print(f"round {number:2d}  log loss over {size} ranks {value:.5f}", flush=True)
    digest = hashlib.sha256(model.save_raw("json")).hexdigest()[:16]
    same = all(collective.broadcast(digest, root) == digest for root in range(size))
    rounds_done = model.num_boosted_rounds()
    print(f"rank {rank}: model {digest} of {rounds_done} rounds, same on all {size} ranks: {same}", flush=True)
    if not same:
        raise SystemExit("the ranks ended with different models")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds

    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    tracker = start_tracker(size) if rank == 0 else None
    with collective.CommunicatorContext(
        dmlc_communicator="rabit",
        dmlc_tracker_uri=os.environ["MASTER_ADDR"],
        dmlc_tracker_port=int(os.environ["MASTER_PORT"]),
        dmlc_task_id=f"{rank:06d}",
        dmlc_retry=10,  # the tracker may come up a moment later than the other ranks
    ):
        train(rounds)
    if tracker:
        tracker.wait_for()


if __name__ == "__main__":
    main()
