/** Sweeps over the wire: how many run at once, their cancelling, and what of them may be changed. The test plays the experiments. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { crd as experimentCrd } from "../../src/api/experiment/crd.ts";
import { Experiment as ExperimentKind } from "../../src/api/experiment/kinds.ts";
import type { Experiment, ExperimentState } from "../../src/api/experiment/types.ts";
import { crd as sweepCrd } from "../../src/api/sweep/crd.ts";
import { Sweep as SweepKind } from "../../src/api/sweep/kinds.ts";
import type { Sweep, SweepSpec } from "../../src/api/sweep/types.ts";
import { createSweepController } from "../../src/controllers/sweep/controller.ts";
import { createClient } from "../../src/kube/create-client.ts";
import { createManager, type Manager } from "../../src/runtime/manager.ts";
import { assertDeclared, type DeclaredTransport, declaredTransport } from "../../src/testing/declared-transport.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, define, startBench } from "./workloads-bench.ts";

let bench: Bench;
let manager: Manager;
let declared: DeclaredTransport;

beforeAll(async () => {
  bench = await startBench("sweep");
  for (const crd of [experimentCrd, sweepCrd]) await define(bench.client, crd);
  for (const kind of [ExperimentKind, SweepKind])
    await eventually(async () => (await bench.client.list(kind)).items !== undefined, `${kind.kind} is served`);
  const controller = createSweepController();
  declared = declaredTransport(bench.client.transport, [controller]);
  const client = createClient(declared, { fieldManager: "windlass" });
  manager = createManager({ client, namespace: bench.namespace }, [controller]);
  await manager.start();
});
afterAll(async () => {
  await manager?.stop();
  await bench?.stop();
  assertDeclared(declared);
});

const make = (name: string, spec: Partial<SweepSpec> = {}): Sweep => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Sweep",
  metadata: { name, namespace: bench.namespace },
  spec: {
    template: { manifest: "spec:\n  command: python train.py\n", image: "i" },
    trials: ["1", "2", "3", "4"].map((lr) => ({ parameters: { lr } })),
    parallelism: 2,
    ...spec,
  },
});
const create = (name: string, spec: Partial<SweepSpec> = {}) => bench.client.create(SweepKind, make(name, spec));
const ref = (name: string) => ({ kind: SweepKind, namespace: bench.namespace, name });
const experiment = (name: string) => ({ kind: ExperimentKind, namespace: bench.namespace, name });
const namesOf = async (sweep: string) => {
  const labelSelector = `windlass.dev/sweep=${sweep}`;
  const { items } = await bench.client.list<Experiment>(ExperimentKind, { namespace: bench.namespace, labelSelector });
  return items.map(({ metadata }) => metadata.name ?? "").toSorted((a, b) => a.localeCompare(b));
};
const has = (sweep: string, ...names: readonly string[]) =>
  eventually(
    async () => JSON.stringify(await namesOf(sweep)) === JSON.stringify(names),
    `there are ${names.join(", ")}`,
  );
const end = (name: string, state: ExperimentState, more: object = {}) =>
  bench.client.patch(experiment(name), { status: { state, ...more } }, { type: "merge", subresource: "status" });
const ended = (name: string) =>
  eventually(async () => {
    const { status } = await bench.client.get<Sweep>(ref(name));
    return status?.endTime ? status : undefined;
  }, `${name} has ended`);

it("runs as many at once as it may, and starts the next when one has ended", async () => {
  await create("grid");
  await has("grid", "grid-0", "grid-1");
  const first = await bench.client.get<Experiment>(experiment("grid-0"));
  expect(first.spec).toMatchObject({
    manifest: "spec:\n  command: python train.py --lr=1\n",
    env: { WINDLASS_PARAM_LR: "1" },
    message: "lr=1",
  });
  await end("grid-1", "Failed");
  await has("grid", "grid-0", "grid-1", "grid-2");
  await end("grid-0", "Succeeded");
  await end("grid-2", "Succeeded");
  await has("grid", "grid-0", "grid-1", "grid-2", "grid-3");
  await end("grid-3", "Succeeded");
  expect(await ended("grid")).toMatchObject({
    state: "Failed",
    reason: "TrialsFailed",
    message: "3 of 4 succeeded, 1 failed",
    started: 4,
    active: 0,
    succeeded: 3,
    failed: 1,
  });
});

it("does not start again what was deleted", async () => {
  await create("deleted", { parallelism: 1 });
  await has("deleted", "deleted-0");
  await bench.client.delete(experiment("deleted-0"));
  await has("deleted", "deleted-1");
});

it("builds once, and runs the others on what was built", async () => {
  await create("built", { template: { manifest: "spec:\n  command: x\n", sourceDirectory: "/src" } });
  await has("built", "built-0");
  await end("built-0", "Processing", { image: "made" });
  await has("built", "built-0", "built-1");
  const second = await bench.client.get<Experiment>(experiment("built-1"));
  expect(second.spec).toMatchObject({ image: "made", sourceDirectory: "/src" });
});

it("cancels what runs, starts nothing more, and stays cancelled", async () => {
  await create("cancelled");
  await has("cancelled", "cancelled-0", "cancelled-1");
  await bench.client.patch(ref("cancelled"), { spec: { cancelled: true } }, { type: "merge" });
  for (const name of ["cancelled-0", "cancelled-1"]) {
    await eventually(
      async () => (await bench.client.get<Experiment>(experiment(name))).spec.cancelled,
      `${name} is cancelled`,
    );
    await end(name, "Cancelled");
  }
  expect(await ended("cancelled")).toMatchObject({ state: "Cancelled", cancelled: 2 });
  expect(await namesOf("cancelled")).toEqual(["cancelled-0", "cancelled-1"]);
  await expect(bench.client.patch(ref("cancelled"), { spec: { cancelled: false } }, { type: "merge" })).rejects.toThrow(
    "a cancelled sweep cannot be resumed",
  );
});

it.each<[string, Partial<SweepSpec>, string]>([
  ["without trials", { trials: [] }, "spec.trials"],
  ["without places", { parallelism: 0 }, "spec.parallelism"],
])("a sweep %s is refused", async (_, spec, field) => {
  await expect(create("refused", spec)).rejects.toThrow(field);
});

it("takes its experiments with it", async () => {
  await create("owner", { parallelism: 1 });
  await has("owner", "owner-0");
  await bench.client.delete(ref("owner"));
  await has("owner");
});
