"""A small network, trained by DistributedDataParallel over gloo: each rank has its own data, all end with one model.

The operator sets MASTER_ADDR, MASTER_PORT, WORLD_SIZE and RANK, which is all that torch.distributed asks for.
"""

import argparse
import socket

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


def shard(rank: int, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
    """This rank's part of the data: points of the plane, and the function that the network is to learn."""
    x = torch.rand(rows, 2, generator=torch.Generator().manual_seed(rank)) * 2 - 1
    return x, (torch.sin(3 * x[:, 0]) * x[:, 1]).unsqueeze(1)


def mean_over_ranks(value: float) -> float:
    total = torch.tensor(value)
    dist.all_reduce(total)
    return total.item() / dist.get_world_size()


def has_weights_of_all(model: nn.Module) -> bool:
    """Whether every rank holds the very same numbers: each one gathers all and compares."""
    own = nn.utils.parameters_to_vector(model.parameters()).detach()
    others = [torch.empty_like(own) for _ in range(dist.get_world_size())]
    dist.all_gather(others, own)
    return all(torch.equal(own, other) for other in others)


def train(steps: int) -> None:
    rank, size = dist.get_rank(), dist.get_world_size()
    print(f"rank {rank} of {size} on {socket.gethostname()}, torch {torch.__version__}", flush=True)

    torch.manual_seed(rank)  # the ranks begin with different weights; DistributedDataParallel sends out those of rank 0
    model = DistributedDataParallel(nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1)))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    x, y = shard(rank, rows=512)

    for step in range(1, steps + 1):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()  # averages the gradients over all ranks
        optimizer.step()
        if step == 1 or step % 50 == 0:
            mean = mean_over_ranks(loss.item())
            if rank == 0:
                print(f"step {step:4d}  mean loss of {size} ranks {mean:.5f}", flush=True)

    same = has_weights_of_all(model)
    print(f"rank {rank}: final loss {loss.item():.5f}, same weights on all {size} ranks: {same}", flush=True)
    if not same:
        raise SystemExit("the ranks ended with different weights")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=300)
    steps = parser.parse_args().steps

    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    train(steps)
    # After `train` has let go of its model: older PyTorch may hang when a model outlives its process group.
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
