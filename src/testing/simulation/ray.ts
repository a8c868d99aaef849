/** The Ray of a run: what its jobs are at is what the scenario says. It outlives the operator's processes, and answers everybody at once. */
import type { RayClient, RayClientFactory } from "../../ray/client.ts";
import type { World } from "./scenario.ts";

export class SimulatedRay {
  /** States by submission id. */
  readonly jobs = new Map<string, string>();
  /** Ids in the order of their first submission. */
  readonly submitted: string[] = [];
  readonly stopped = new Set<string>();
  readonly factory: RayClientFactory;

  constructor(world: World) {
    this.factory = (): RayClient => ({
      clusterStatus: () => world.call(() => "Pending Demands:\n (no resource demands)"),
      jobInfo: (id) => world.call(() => this.#info(id)),
      submit: ({ submission_id: id }) => world.call(() => this.#submit(id)),
      stop: (id) => world.call(() => void this.stopped.add(id)),
    });
  }

  #info(id: string) {
    const status = this.jobs.get(id);
    return status === undefined ? undefined : { status, message: `it is ${status}` };
  }

  /** Ray refuses a second job of an id, which its client takes for the first. */
  #submit(id: string): void {
    if (this.jobs.has(id)) return;
    this.jobs.set(id, "PENDING");
    this.submitted.push(id);
  }
}

/** The run's own, made when it is first asked for. */
export const rayOf = (world: World): SimulatedRay => world.remember("ray", () => new SimulatedRay(world));
