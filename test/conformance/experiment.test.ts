/** Experiments over the wire: what of their way to an image outlives the operator, and who waits for whom. The test plays the builder. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { crd as experimentCrd } from "../../src/api/experiment/crd.ts";
import { Experiment as ExperimentKind } from "../../src/api/experiment/kinds.ts";
import type { Experiment, ExperimentSpec, ExperimentStatus } from "../../src/api/experiment/types.ts";
import { crd as jobSetCrd } from "../../src/api/jobset/crd.ts";
import { JobSet as JobSetKind } from "../../src/api/jobset/kinds.ts";
import { crds as rayCrds } from "../../src/api/ray/crd.ts";
import { RayJob as RayJobKind } from "../../src/api/ray/kinds.ts";
import { createExperimentController, type SourceBuilder } from "../../src/controllers/experiment/controller.ts";
import { createClient } from "../../src/kube/create-client.ts";
import { createManager, type Manager } from "../../src/runtime/manager.ts";
import { assertDeclared, type DeclaredTransport, declaredTransport } from "../../src/testing/declared-transport.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, define, find, startBench } from "./workloads-bench.ts";

let bench: Bench;
const running = new Map<Manager, DeclaredTransport>();

beforeAll(async () => {
  bench = await startBench("experiment");
  for (const crd of [experimentCrd, jobSetCrd, ...rayCrds]) await define(bench.client, crd);
  for (const kind of [ExperimentKind, JobSetKind, RayJobKind])
    await eventually(async () => (await bench.client.list(kind)).items !== undefined, `${kind.kind} is served`);
});
afterEach(() => stopAll());
afterAll(() => bench?.stop());

async function stopAll(): Promise<void> {
  for (const [manager, declared] of running) {
    await manager.stop();
    assertDeclared(declared);
  }
  running.clear();
}

/** Snapshots get the number of their taking; a build ends when the test says so. */
class FakeBuilder implements SourceBuilder {
  readonly cloned: string[] = [];
  /** Each with the snapshot that the API server knew of when the build began. */
  readonly built: { readonly name: string; readonly snapshot: string; readonly known: string | undefined }[] = [];
  readonly #ends = new Map<string, () => void>();

  async clone(_: unknown, { metadata: { name = "" } }: Experiment): Promise<string> {
    this.cloned.push(name);
    return `${name}-snapshot-${this.cloned.filter((one) => one === name).length}`;
  }

  async build(_: unknown, snapshot: string, { metadata: { name = "" } }: Experiment, signal: AbortSignal) {
    const ended = new Promise<void>((resolve, reject) => {
      this.#ends.set(name, resolve);
      signal.addEventListener("abort", () => reject(new Error("given up")));
    });
    this.built.push({ name, snapshot, known: (await statusOf(name)).snapshot });
    await ended;
    return { reference: `built-of-${snapshot}` };
  }

  end(name: string): void {
    this.#ends.get(name)?.();
  }
}

async function startOperator(builder: SourceBuilder): Promise<void> {
  const controller = createExperimentController({ platform: {}, builder });
  const declared = declaredTransport(bench.client.transport, [controller]);
  const client = createClient(declared, { fieldManager: "windlass" });
  const manager = createManager({ client, namespace: bench.namespace }, [controller]);
  running.set(manager, declared);
  await manager.start();
}

const manifest = (builder = "") => `kind: AIchorManifest
apiVersion: "0.2.3"
${builder}
spec:
  operator: pytorch
  image: demo
  command: "python3 main.py"
  types: { worker: { count: 1, resources: { cpus: 1, ramRatio: 2 } } }
`;
const skipping = (id: string, more = "") =>
  manifest(`builder: { skipBuild: { enabled: true, experimentID: "${id}"${more} } }`);
const create = (name: string, spec: Partial<ExperimentSpec> = {}) =>
  bench.client.create<Experiment>(ExperimentKind, {
    apiVersion: "windlass.dev/v1alpha1",
    kind: "Experiment",
    metadata: { name, namespace: bench.namespace },
    spec: { manifest: manifest(), sourceDirectory: "/src", ...spec },
  });
const ref = (name: string) => ({ kind: ExperimentKind, namespace: bench.namespace, name });
const statusOf = async (name: string): Promise<ExperimentStatus> =>
  (await bench.client.get<Experiment>(ref(name))).status ?? {};
const reaches = (name: string, check: (status: ExperimentStatus) => boolean, what: string) =>
  eventually(async () => {
    const status = await statusOf(name);
    return check(status) && status;
  }, `${name} ${what}`);
const jobSetOf = (name: string) =>
  eventually(
    async () => find(bench.client, { kind: JobSetKind, namespace: bench.namespace, name }),
    `${name} has its JobSet`,
  );

it("an operator that is restarted while it builds builds the same snapshot, and takes no other", async () => {
  const before = new FakeBuilder();
  await startOperator(before);
  await create("restarted");
  await eventually(async () => before.built.length > 0, "the build has begun");
  const snapshot = "restarted-snapshot-1";
  expect(before.built).toEqual([{ name: "restarted", snapshot, known: snapshot }]);
  await stopAll();
  const after = new FakeBuilder();
  await startOperator(after);
  await eventually(async () => after.built.length > 0, "the build has begun again");
  after.end("restarted");
  await jobSetOf("restarted");
  expect([after.cloned, after.built]).toEqual([[], [{ name: "restarted", snapshot, known: snapshot }]]);
  expect(await statusOf("restarted")).toMatchObject({ snapshot, image: `built-of-${snapshot}` });
});

const id = (digit: number) => `${String(digit).repeat(8)}-2222-4333-8444-555555555555`;

it("skipBuild waits for the image of the experiment that it names, and runs it once it is built", async () => {
  const builder = new FakeBuilder();
  await startOperator(builder);
  await create("first", { id: id(1) });
  await eventually(async () => builder.built.length > 0, "the build has begun");
  await create("second", { manifest: skipping(id(1), ", failIfNotFound: true") });
  const waiting = await reaches("second", ({ reason }) => reason === "WaitingForImage", "waits");
  expect(waiting).toMatchObject({ step: "Waiting", message: "builder.skipBuild: waiting for the image of first" });
  builder.end("first");
  await jobSetOf("second");
  const submitted = await reaches("second", ({ step }) => step === "Submitting", "is submitted");
  expect(submitted.image).toBe("built-of-first-snapshot-1");
  expect(builder.cloned).toEqual(["first"]);
});

it.each<[string, number, string, (status: ExperimentStatus) => boolean, object]>([
  ["builds its own", 3, "", ({ step }) => step === "Building", { snapshot: "builds-its-own-snapshot-1" }],
  [
    "fails when it says so",
    4,
    ", failIfNotFound: true",
    ({ state }) => state === "Failed",
    { reason: "ImageNotFound" },
  ],
])(
  "when the experiment it waits for is deleted, one that skips its build %s",
  async (what, digit, more, check, wanted) => {
    const [one, other] = [`deleted-${digit}`, what.replaceAll(" ", "-")];
    const builder = new FakeBuilder();
    await startOperator(builder);
    await create(one, { id: id(digit) });
    await create(other, { manifest: skipping(id(digit), more) });
    await reaches(other, ({ reason }) => reason === "WaitingForImage", "waits");
    await bench.client.delete(ref(one));
    expect(await reaches(other, check, what)).toMatchObject(wanted);
  },
);
