/** What the Experiment controller declares: whom a change requeues, and that it may make every write that it plans. */
import { describe, expect, test } from "vitest";
import type { Pod } from "../../api/core/pod.ts";
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import type { KubeObject } from "../../meta/object.ts";
import { RootKeys } from "../../runtime/root-keys.ts";
import { checkedPlan } from "../../testing/checked-plan.ts";
import { createExperimentController } from "./controller.ts";
import type { World } from "./observe.ts";

const spec = createExperimentController({ platform: { hostPaths: true } });
const id = "11111111-2222-4333-8444-555555555555";
const manifest = (builder = "", storage = "") => `kind: AIchorManifest
apiVersion: "0.2.3"
${builder}
spec:
  operator: pytorch
  image: demo
  command: "python3 main.py"
  ${storage}
  types: { worker: { count: 2, resources: { cpus: 1, ramRatio: 2 } } }
`;
const skipping = manifest(`builder: { skipBuild: { enabled: true, experimentID: "${id}" } }`);
const experiment = (name: string, more: Partial<Experiment["spec"]> = {}, status?: ExperimentStatus): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name, namespace: "team", uid: name },
  spec: { manifest: manifest(), ...more },
  ...(status && { status }),
});

/** The roots that a change of `object` requeues while `waiting` exists. */
function requeued(object: KubeObject, waiting: readonly Experiment[]): readonly string[] {
  const keys = new RootKeys((root) => spec.keys?.(root as Experiment) ?? []);
  for (const root of waiting) keys.seen("added", root, undefined);
  const watches = (spec.watches ?? []).filter(({ kind }) => kind.kind === object.kind);
  return watches
    .flatMap(({ map }) => map?.(object, keys.rootsOf) ?? [])
    .map(({ namespace, name }) => `${namespace}/${name}`);
}

describe("a change of an experiment requeues", () => {
  const waiting = experiment("waiting", { manifest: skipping });
  test.each<[string, Experiment, readonly Experiment[], readonly string[]]>([
    ["the one that waits for its image", experiment("named", { id }), [waiting], ["team/waiting"]],
    [
      "the one that names it by its uid",
      { ...experiment("named"), metadata: { name: "named", namespace: "team", uid: id } },
      [waiting],
      ["team/waiting"],
    ],
    ["nobody who waits for another", experiment("other"), [waiting], []],
    [
      "nobody of another namespace",
      { ...experiment("named", { id }), metadata: { name: "named", namespace: "others", uid: "o" } },
      [waiting],
      [],
    ],
    [
      "nobody who waits no more",
      experiment("named", { id }),
      [experiment("waiting", { manifest: skipping }, { step: "Submitting", image: "i" })],
      [],
    ],
  ])("%s", (_, changed, roots, wanted) => expect(requeued(changed, roots)).toEqual(wanted));
});

describe("a change of a pod requeues", () => {
  const pod = (status: Pod["status"], labels = { "windlass.dev/experiment": "e" }): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "team", labels },
    spec: { containers: [{ name: "c" }] },
    ...(status && { status }),
  });
  const held = { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False" }] } as const;
  test.each<[string, Pod, readonly string[]]>([
    ["its experiment when it is held up", pod(held), ["team/e"]],
    ["nobody when it gets on", pod({ phase: "Running" }), []],
    ["nobody when it has no experiment", pod(held, {} as never), []],
  ])("%s", (_, object, wanted) => expect(requeued(object, [])).toEqual(wanted));
});

const now = new Date("2026-01-01T00:00:00Z");
const jobSet = { apiVersion: "jobset.x-k8s.io/v1alpha2", kind: "JobSet", metadata: { name: "e", namespace: "team" } };
const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "c", namespace: "team" } };
const bucket = { outputs: "s3://b/p", s3: { credentials: { AWS_ACCESS_KEY_ID: "k" } } };
const storage = "storage: { sharedVolume: { mountPoint: /shared, sizeGB: 1 } }";
const submitted: ExperimentStatus = {
  state: "Processing",
  step: "Submitting",
  workload: { apiVersion: jobSet.apiVersion, kind: "JobSet", name: "e" },
};

test.each<[string, Experiment, Partial<World>, readonly string[]]>([
  [
    "the workload with its volume and its keys",
    experiment("e", { manifest: manifest("", storage), image: "i" }),
    {},
    ["create PersistentVolumeClaim", "create Secret", "create JobSet"],
  ],
  ["the end of the workload", experiment("e", { cancelled: true }, submitted), { jobSet }, ["patch JobSet"]],
  [
    "what goes with the experiment",
    experiment("e", {}, { state: "Succeeded", endTime: "2025-01-01T00:00:00Z" }),
    { jobSet, claims: [claim] },
    ["delete PersistentVolumeClaim", "delete JobSet"],
  ],
])("the controller may write %s", (_, root, world, wanted) => {
  const made = createExperimentController({ platform: { storage: bucket }, keepWorkloadSeconds: 0 });
  const plan = checkedPlan(made, made.plan, root, { failures: [], ...world }, now);
  const writes = [
    ...plan.apply.map(({ kind, mode }) => `${mode} ${kind.kind}`),
    ...plan.remove.map(({ target }) => `delete ${target.kind.kind}`),
  ];
  expect(writes).toEqual(wanted);
});
