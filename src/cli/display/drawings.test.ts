import { expect, test } from "vitest";
import type { Pod } from "../../api/core/pod.ts";
import type { JobSet } from "../../api/jobset/types.ts";
import type { RayCluster } from "../../api/ray/types.ts";
import type { Io } from "../program/io.ts";
import { drawJobSet } from "./job-set-array.ts";
import { drawPodTable } from "./pod-table.ts";
import { drawRayCluster } from "./ray-groups.ts";

const io = (env: Io["env"] = {}): Io => ({
  stdout: process.stdout,
  stderr: process.stderr,
  isTTY: false,
  cwd: "/",
  env,
});
const canvas = (width: number) => ({ io: io(), width });
const label = "jobset.sigs.k8s.io";
type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

const place = (type: string, job: number, index: number, phase: Phase, creationTimestamp = "1"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: `a-${type}-${job}-${index}-x`,
    creationTimestamp,
    labels: {
      [`${label}/replicatedjob-name`]: type,
      [`${label}/job-index`]: String(job),
      "batch.kubernetes.io/job-completion-index": String(index),
    },
  },
  spec: { containers: [{ name: "main" }] },
  status: { phase },
});

interface Shape {
  readonly jobs: number;
  readonly completions: number;
  readonly parallelism?: number;
}
const jobSet = (types: Readonly<Record<string, Shape>>, ended?: "Completed" | "Failed"): JobSet => ({
  apiVersion: "jobset.x-k8s.io/v1alpha2",
  kind: "JobSet",
  metadata: { name: "a" },
  spec: {
    replicatedJobs: Object.entries(types).map(([name, { jobs, completions, parallelism = completions }]) => ({
      name,
      replicas: jobs,
      template: { spec: { completions, parallelism, template: { spec: { containers: [{ name: "main" }] } } } },
    })),
  },
  ...(ended && {
    status: { conditions: [{ type: ended, status: "True", reason: "", message: "", lastTransitionTime: "" }] },
  }),
});

/** All pods of one type, each in the phase that `phaseOf` gives it. */
const fill = (type: string, { jobs, completions }: Shape, phaseOf: (at: number) => Phase | undefined): readonly Pod[] =>
  Array.from({ length: jobs * completions }, (_, at) => ({ at, phase: phaseOf(at) })).flatMap(({ at, phase }) =>
    phase ? [place(type, Math.floor(at / completions), at % completions, phase)] : [],
  );

test("an array is rows of Jobs and columns of completion indexes, one cell a pod", () => {
  const worker = { jobs: 3, completions: 4, parallelism: 2 };
  const phases: readonly (Phase | undefined)[] = ["Succeeded", "Succeeded", "Running", "Pending"];
  const pods = [
    place("master", 0, 0, "Running"),
    ...fill("worker", worker, (at) => (at === 9 ? "Failed" : phases[at % 4])),
  ];
  expect(
    drawJobSet(canvas(80), jobSet({ master: { jobs: 1, completions: 1 }, worker }), { pods, isOver: false }).split(
      "\n",
    ),
  ).toEqual([
    "master  1 job of 1 pod",
    "  0  >",
    "worker  3 jobs of 4 pods, 2 at a time",
    "  0  ++>.",
    "  1  ++>.",
    "  2  +x>.",
    ". 3 waiting   > 4 running   + 5 succeeded   x 1 failed",
  ]);
});

test.each<[string, "Completed" | "Failed" | undefined, boolean, string, string]>([
  [
    "a pod that is not made yet waits",
    undefined,
    false,
    "+.",
    ". 1 waiting   > 0 running   + 1 succeeded   x 0 failed",
  ],
  ["a pod that is no more, in a set that has ended, does not", "Failed", false, "+-", "- 1 gone"],
  ["nor does one of an experiment that was cancelled", undefined, true, "+-", "- 1 gone"],
])("%s", (_, ended, isOver, row, legend) => {
  const pods = [place("w", 0, 0, "Succeeded")];
  const drawn = drawJobSet(canvas(80), jobSet({ w: { jobs: 1, completions: 2 } }, ended), { pods, isOver });
  expect(drawn).toContain(`  0  ${row}\n`);
  expect(drawn).toContain(legend);
});

test("of several pods that stood at one place the youngest is drawn", () => {
  const pods = [place("w", 0, 0, "Running", "2"), place("w", 0, 0, "Failed", "1")];
  expect(drawJobSet(canvas(80), jobSet({ w: { jobs: 1, completions: 1 } }), { pods, isOver: false })).toContain(
    "  0  >\n",
  );
});

test("cells are coloured on a terminal, neighbours of one state together", () => {
  const pods = fill("w", { jobs: 1, completions: 3 }, (at) => (at < 2 ? "Succeeded" : "Failed"));
  const drawn = drawJobSet({ io: io({ FORCE_COLOR: "1" }), width: 80 }, jobSet({ w: { jobs: 1, completions: 3 } }), {
    pods,
    isOver: false,
  });
  expect(drawn).toContain("\u001b[32m++\u001b[39m\u001b[31mx\u001b[39m");
});

test("a long row goes on in the next line, which says with which index it begins", () => {
  const shape = { jobs: 1, completions: 65 };
  const pods = fill("w", shape, () => "Running");
  const drawn = drawJobSet(canvas(40), jobSet({ w: shape }), { pods, isOver: false });
  expect(drawn.split("\n").slice(1, 4)).toEqual([
    `  0/0   ${">".repeat(30)}`,
    `  0/30  ${">".repeat(30)}`,
    "  0/60  >>>>>",
  ]);
});

test.each<[string, Shape, string, string]>([
  ["5,000 Jobs of one pod", { jobs: 5000, completions: 1 }, "5000 jobs of 1 pod; one cell for 5 pods", "  0     x>>>>"],
  ["one Job of 5,000 pods", { jobs: 1, completions: 5000 }, "1 job of 5000 pods; one cell for 5 pods", "  0     x>>>>"],
  ["100 Jobs of 50 pods", { jobs: 100, completions: 50 }, "100 jobs of 50 pods; one cell for 50 pods", "  0   x>>>>"],
])("%s stay readable, and one failure among them is seen", (_, shape, heading, row) => {
  const pods = fill("w", shape, (at) => (at === 3 ? "Failed" : "Running"));
  const lines = drawJobSet(canvas(100), jobSet({ w: shape }), { pods, isOver: false }).split("\n");
  expect(lines.length).toBeLessThan(20);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(lines[0]).toBe(`w  ${heading}`);
  expect(lines[1]?.startsWith(row)).toBe(true);
  expect(lines.at(-1)).toBe(". 0 waiting   > 4999 running   + 0 succeeded   x 1 failed");
});

const rayPod = (group: string, name: string, phase: Phase, ready: boolean): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    labels: {
      "ray.io/cluster": "c",
      "ray.io/node-type": group === "headgroup" ? "head" : "worker",
      "ray.io/group": group,
    },
  },
  spec: { containers: [{ name: "ray" }] },
  status: { phase, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});
const group = (groupName: string, replicas: number, more = {}) => ({
  groupName,
  replicas,
  minReplicas: 0,
  maxReplicas: 10,
  template: { spec: { containers: [{ name: "ray" }] } },
  ...more,
});
const cluster = (groups: readonly ReturnType<typeof group>[], suspend = false): RayCluster => ({
  apiVersion: "ray.io/v1",
  kind: "RayCluster",
  metadata: { name: "c" },
  spec: {
    suspend,
    headGroupSpec: { rayStartParams: {}, template: { spec: { containers: [{ name: "ray" }] } } },
    workerGroupSpecs: groups,
  },
});
const head = rayPod("headgroup", "h", "Running", true);

test.each<[string, RayCluster, readonly Pod[], readonly string[]]>([
  [
    "the head and each group, with ready and desired pods",
    cluster([group("cpu", 3), group("gpu", 0)]),
    [head, rayPod("cpu", "a", "Running", true), rayPod("cpu", "b", "Pending", false)],
    ["head  1 of 1 ready", "  0  >", "cpu  1 of 3 ready", "  0  >..", "gpu  0 of 0 ready"],
  ],
  [
    "a replica of several hosts is several pods",
    cluster([group("tpu", 2, { numOfHosts: 2 })]),
    [head],
    ["head  1 of 1 ready", "  0  >", "tpu  0 of 4 ready", "  0  ...."],
  ],
  ["a suspended cluster wants none", cluster([group("cpu", 3)], true), [], ["head  0 of 0 ready", "cpu  0 of 0 ready"]],
  [
    "pods of another cluster are not its own",
    cluster([]),
    [{ ...head, metadata: { name: "o", labels: { "ray.io/cluster": "o", "ray.io/node-type": "head" } } }],
    ["head  0 of 1 ready", "  0  ."],
  ],
])("%s", (_, of, pods, wanted) => {
  expect(drawRayCluster(canvas(80), of, { pods, isOver: false }).split("\n").slice(0, -1)).toEqual(wanted);
});

test("a Ray cluster that is over waits for nobody", () => {
  const lines = drawRayCluster(canvas(80), cluster([group("cpu", 2)]), { pods: [], isOver: true }).split("\n");
  expect(lines.slice(0, -1)).toEqual(["head  0 of 1 ready", "  0  -", "cpu  0 of 2 ready", "  0  --"]);
});

test("of thousands of pods the table has those that failed or wait, and says how many it leaves out", () => {
  const shape = { jobs: 5000, completions: 1 };
  const pods = fill("w", shape, (at) => (at === 4000 ? "Failed" : at === 3000 ? "Pending" : "Succeeded"));
  const lines = drawPodTable(io(), pods).split("\n");
  expect(lines[1]).toMatch(/^a-w-4000-0-x +w +Failed/);
  expect(lines[2]).toMatch(/^a-w-3000-0-x +w +Pending .*waiting for the scheduler/);
  expect(lines.at(-1)).toBe("… and 4980 more pods (--output json shows all)");
});

test("a few pods are all in the table, in their order", () => {
  const pods = fill("w", { jobs: 40, completions: 1 }, (at) => (at === 39 ? "Failed" : "Running"));
  const lines = drawPodTable(io(), pods).split("\n");
  expect(lines).toHaveLength(41);
  expect(lines.at(-1)).toContain("a-w-39-0-x");
});

test("a sidecar is shown and marked, and its restarts are not the experiment's; what only prepares is left out", () => {
  const status = (name: string, restartCount: number) => ({
    name,
    image: "",
    imageID: "",
    ready: true,
    restartCount,
    state: { running: {} },
  });
  const pod: Pod = {
    ...place("w", 0, 0, "Running"),
    spec: {
      containers: [{ name: "main" }],
      initContainers: [{ name: "tensorboard", restartPolicy: "Always" }, { name: "wait" }],
    },
    status: {
      phase: "Running",
      containerStatuses: [status("main", 1)],
      initContainerStatuses: [status("tensorboard", 5), status("wait", 0)],
    },
  };
  const [, row = ""] = drawPodTable(io(), [pod]).split("\n");
  expect(row).toMatch(/ Running +1 +main Running, tensorboard Running \(sidecar\)/);
});
