"""Logistic regression by data-parallel gradient descent over several JAX processes.

The operator says where the coordinator is, how many processes there are and which of them this is.
"""

import argparse
import os
import socket

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import NamedSharding, PartitionSpec as P

TRUE_WEIGHTS = np.array([2.0, -1.0, 0.5], np.float32)


def own_rows(process: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The data of this process; no other process ever holds it."""
    rng = np.random.default_rng(process)
    x = rng.normal(size=(rows, TRUE_WEIGHTS.size)).astype(np.float32)
    return x, (x @ TRUE_WEIGHTS > 0).astype(np.float32)


def loss(weights: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    logits = x @ weights
    return jnp.mean(jnp.logaddexp(0.0, logits) - y * logits)


def step(weights: jax.Array, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    """One step: each process has the gradient of its own rows, `pmean` averages over all of them."""
    value, gradient = jax.value_and_grad(loss)(weights, x, y)
    return weights - 0.5 * jax.lax.pmean(gradient, "data"), jax.lax.pmean(value, "data")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=100)
    steps = parser.parse_args().steps

    jax.distributed.initialize(
        coordinator_address=os.environ["JAXOPERATOR_COORDINATOR_ADDRESS"],
        num_processes=int(os.environ["JAXOPERATOR_NUM_PROCESSES"]),
        process_id=int(os.environ["JAXOPERATOR_PROCESS_ID"]),
        cluster_detection_method="deactivate",  # everything is given: JAX need not ask Kubernetes
    )
    process, count = jax.process_index(), jax.process_count()
    place = f"{socket.gethostname()}, {jax.device_count()} devices, jax {jax.__version__}"
    print(f"process {process} of {count} on {place}", flush=True)

    mesh = jax.make_mesh((jax.device_count(),), ("data",))
    by_row, everywhere = NamedSharding(mesh, P("data")), NamedSharding(mesh, P())
    x, y = (jax.make_array_from_process_local_data(by_row, part) for part in own_rows(process, 256))
    weights = jax.device_put(jnp.zeros(TRUE_WEIGHTS.size), everywhere)
    layout = {"in_specs": (P(), P("data"), P("data")), "out_specs": (P(), P())}
    train = jax.jit(jax.shard_map(step, mesh=mesh, check_vma=False, **layout))

    for number in range(1, steps + 1):
        weights, mean = train(weights, x, y)
        if process == 0 and (number == 1 or number % 20 == 0):
            print(f"step {number:3d}  mean loss of {count} processes {float(mean):.5f}", flush=True)

    own = np.asarray(weights)
    gathered = np.asarray(multihost_utils.process_allgather(own)).reshape(count, -1)
    same = bool((gathered == own).all())
    print(f"process {process}: final loss {float(mean):.5f}, same weights on all {count} processes: {same}", flush=True)
    if not same:
        raise SystemExit("the processes ended with different weights")


if __name__ == "__main__":
    main()
