import { expect, test } from "vitest";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { controllerOf, type KubeObject } from "../../meta/object.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import type { ListFilter, Reader } from "../../runtime/spec.ts";
import { observe } from "./observe.ts";

const skipping = `kind: AIchorManifest
apiVersion: "0.2.3"
builder: { skipBuild: { enabled: true, experimentID: 11111111-2222-4333-8444-555555555555 } }
spec:
  operator: pytorch
  image: demo
  command: "python3 main.py"
  types: { worker: { count: 2, resources: { cpus: 1, ramRatio: 2 } } }
`;
const root: Experiment = {
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: "e", namespace: "default", uid: "u" },
  spec: { manifest: "" },
};

/** Caches that hold these objects. */
const holding = (...objects: readonly KubeObject[]): Reader => ({
  get: () => undefined,
  list: (({ kind }: { readonly kind: string }, { controllerUid }: ListFilter = {}) =>
    objects.filter(
      (object) => object.kind === kind && (!controllerUid || controllerOf(object)?.uid === controllerUid),
    )) as Reader["list"],
  failures: () => [],
  answer: () => undefined,
});
const child = (apiVersion: string, kind: string, owner?: KubeObject): KubeObject => ({
  apiVersion,
  kind,
  metadata: {
    name: "e",
    namespace: "default",
    uid: `${kind} of ${owner?.metadata.uid}`,
    ...(owner && { ownerReferences: [ownerReference(ExperimentKind, owner)] }),
  },
});
const rayJobOf = (owner?: KubeObject) => child("ray.io/v1", "RayJob", owner);

test("the experiment's own workload is seen", () => {
  expect(observe(root, holding(rayJobOf(root))).rayJob?.metadata.name).toBe("e");
});

test("a workload of that name that belongs to nobody, or to an experiment that is gone, is not taken for its own", () => {
  const earlier = { ...root, metadata: { ...root.metadata, uid: "earlier" } };
  expect(observe(root, holding(rayJobOf())).rayJob).toBeUndefined();
  expect(observe(root, holding(rayJobOf(earlier))).rayJob).toBeUndefined();
});

test("Jobs are those of its own JobSet", () => {
  const jobSet = child("jobset.x-k8s.io/v1alpha2", "JobSet", root);
  const own = child("batch/v1", "Job", jobSet);
  const other = child("batch/v1", "Job", child("jobset.x-k8s.io/v1alpha2", "JobSet"));
  expect(observe(root, holding(jobSet, own, other)).jobs).toEqual([own]);
  expect(observe(root, holding(own)).jobs).toEqual([]);
});

test.each<[string, Partial<Experiment>, boolean]>([
  ["its manifest names one and nothing is decided", {}, true],
  ["its image is known", { status: { image: "j" } }, false],
  ["it builds its own", { status: { step: "Building" } }, false],
  ["the user has named an image", { spec: { manifest: skipping, image: "i" } }, false],
  ["its manifest names none", { spec: { manifest: "" } }, false],
  [
    "its manifest only speaks of it",
    { spec: { manifest: skipping.replace("enabled: true", "enabled: false") } },
    false,
  ],
])("other experiments are looked up where an image may be taken from one: %s", (_, more, wanted) => {
  const asking: Experiment = { ...root, spec: { manifest: skipping }, ...more };
  const all = [asking, { ...root, metadata: { name: "o", namespace: "default", uid: "o" } }];
  expect(observe(asking, holding(...all)).experiments).toEqual(wanted ? all : undefined);
});
