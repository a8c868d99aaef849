/** One run of a scenario with some faults: what became of it, to be compared with a run without. */
import type { ApiRequest, ApiResponse } from "../../kube/transport.ts";
import type { Cluster } from "./cluster.ts";
import type { Counts, Faults } from "./faults.ts";
import { startProcess } from "./process.ts";
import { sortOf } from "./requests.ts";
import { type Scenario, World } from "./scenario.ts";
import { stateOf, withoutChance } from "./state.ts";

export interface Outcome {
  /** Everything there is at the end. */
  readonly state: readonly string[];
  /** Everything that the operator ever made, so that what was made twice and removed again is seen. */
  readonly made: readonly string[];
  /** Writes of a process that starts at the end: there is nothing to do any more. */
  readonly later: readonly string[];
  readonly told: readonly string[];
  /** What the scenario says must be true, and is not. */
  readonly broken: readonly string[];
  readonly counts: Readonly<Counts>;
  /** Resources that the operator watches. */
  readonly resources: readonly string[];
}

/** How long an operator is away. */
const awayMs = 1_000;

class Operator {
  readonly counts: Counts = { writes: 0, lists: 0, watches: 0, calls: 0 };
  readonly wrote: string[] = [];
  readonly made: string[] = [];
  readonly resources = new Set<string>();
  readonly #cluster: Cluster;
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #faults: Faults;
  #process = new AbortController();

  constructor(cluster: Cluster, scenario: Scenario, world: World, faults: Faults) {
    this.#cluster = cluster;
    this.#scenario = scenario;
    this.#world = world;
    this.#faults = faults;
  }

  start(): void {
    const process = new AbortController();
    this.#process = process;
    const specs = this.#scenario.controllers(this.#world);
    for (const { root, owns, watches = [] } of specs)
      for (const kind of [root, ...[...owns, ...watches].map((one) => one.kind)]) this.resources.add(kind.resource);
    startProcess(this.#cluster, {
      namespace,
      specs,
      seed: this.counts.writes + this.counts.lists,
      faults: this.#faults,
      counts: this.counts,
      endsAfter: this.#faults.endsAfter?.find((number) => number > this.counts.writes),
      end: () => this.#restart(),
      asks: () => this.#cluster.ask(),
      ended: process.signal,
      wrote: (request, answer) => this.#wrote(request, answer),
      failed: () => this.#restart(),
    });
  }

  end(): void {
    this.#process.abort();
  }

  #restart(): void {
    this.end();
    this.#cluster.clock.after(awayMs, () => this.start());
  }

  #wrote(request: ApiRequest, { status }: ApiResponse): void {
    const path = request.path.replace(/^.*\/namespaces\/[^/]+\//, "");
    this.wrote.push(`${status} ${request.method} ${path} ${JSON.stringify(request.body)}`);
    if (request.method === "POST" && status < 300) {
      const name = (request.body as { readonly metadata?: { readonly name?: string } }).metadata?.name ?? "";
      this.made.push(withoutChance(`${sortOf(request).resource}/${name}`));
    }
  }
}

/** The same in all runs: names are hashed with it. */
const namespace = "simulated";
let runs = 0;

export async function run(cluster: Cluster, scenario: Scenario, faults: Faults): Promise<Outcome> {
  await cluster.open(namespace, ++runs);
  const world = new World(cluster, namespace, faults);
  const operator = new Operator(cluster, scenario, world, faults);
  try {
    operator.start();
    await cluster.quiet();
    for (const step of scenario.steps) {
      await step(world);
      await (scenario.isHasty ? cluster.quiet() : cluster.rest());
    }
    await cluster.rest();
    const counts = { ...operator.counts, calls: world.calls };
    if (Object.keys(faults).length === 0) scenario.check?.(world);
    const [state, made] = [stateOf(cluster.store, namespace), operator.made.toSorted()];
    const told = (scenario.told?.(world) ?? []).map(withoutChance);
    const broken = scenario.invariant?.(world) ?? [];
    const later = await restarted(cluster, operator);
    return { state, made, later, told, broken, counts, resources: [...operator.resources] };
  } finally {
    operator.end();
    world.close();
    await cluster.discard(namespace);
  }
}

async function restarted(cluster: Cluster, operator: Operator): Promise<readonly string[]> {
  operator.end();
  const before = operator.wrote.length;
  operator.start();
  await cluster.rest();
  return operator.wrote.slice(before);
}
