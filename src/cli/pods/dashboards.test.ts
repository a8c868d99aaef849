import { expect, test } from "vitest";
import type { Pod, PodPhase } from "../../api/core/pod.ts";
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import { hasDesktop } from "../terminal/browser.ts";
import { dashboardsOf, findDashboards, tokenIn } from "./dashboards.ts";

const manifest = (operator: string, more = "") => `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: ${operator}
  image: demo
  command: "python3 main.py"
${more}  types:
${operator === "kuberay" ? "    Head: { resources: { cpus: 1, memory: 2 } }\n    Workers: []" : "    worker: { count: 2, resources: { cpus: 1, ramRatio: 2 } }"}
`;
const board = "  tensorboard: { enabled: true }\n";
const jupyter = "  debug: { jupyter: true }\n";

test.each<[string, string, readonly string[]]>([
  ["a Ray experiment has its dashboard", manifest("kuberay"), ["ray"]],
  [
    "TensorBoard and Jupyter where they are asked for",
    manifest("kuberay", board + jupyter),
    ["ray", "tensorboard", "jupyter"],
  ],
  ["other operators have TensorBoard alone", manifest("pytorch", board), ["tensorboard"]],
  ["and nothing without it", manifest("pytorch"), []],
])("%s", (_, text, wanted) => {
  expect(dashboardsOf(text)).toEqual(wanted);
});

const experiment = (text: string, status: ExperimentStatus = { state: "Processing", step: "Running" }): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: "e" },
  spec: { manifest: text },
  status,
});

const sidecar = { name: "tensorboard", ports: [{ name: "tensorboard", containerPort: 6006 }] };
const rank = (index: number, phase: PodPhase = "Running"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: `w${index}`,
    labels: { "jobset.sigs.k8s.io/replicatedjob-name": "worker", "jobset.sigs.k8s.io/job-index": String(index) },
  },
  spec: { containers: [{ name: "main" }], initContainers: [sidecar] },
  status: { phase },
});

test("TensorBoard is the sidecar of the first pod, though every pod has one", () => {
  expect(findDashboards(experiment(manifest("pytorch", board)), [rank(1), rank(0)])).toEqual([
    { name: "tensorboard", pod: "w0", port: 6006, container: "tensorboard" },
  ]);
});

test.each<[string, Experiment, Pod[], Parameters<typeof findDashboards>[2], string]>([
  [
    "a page that the manifest does not ask for",
    experiment(manifest("pytorch", board)),
    [rank(0)],
    "jupyter",
    "e has no Jupyter",
  ],
  [
    "an experiment without any",
    experiment(manifest("pytorch")),
    [rank(0)],
    undefined,
    "e has nothing to open: no Ray dashboard, no TensorBoard, no Jupyter",
  ],
  [
    "one that has not begun",
    experiment(manifest("pytorch", board), { state: "Processing", step: "Building" }),
    [],
    "tensorboard",
    "e has no running pod yet: it is in step Building",
  ],
  [
    "one that has ended",
    experiment(manifest("pytorch", board), { state: "Failed", reason: "OutOfMemory" }),
    [rank(0, "Failed")],
    "tensorboard",
    "e has ended (Failed: OutOfMemory) and its pods no longer exist",
  ],
])("%s is told", (_, of, pods, wanted, message) => {
  expect(() => findDashboards(of, pods, wanted)).toThrow(message);
});

test.each([
  ["    http://127.0.0.1:8888/tree?token=0123456789abcdef", "0123456789abcdef"],
  ["[I] http://host:8888/lab?reset&token=a-b_c12345 or", "a-b_c12345"],
  ["no token here", undefined],
])("the token in %j is %s", (line, token) => {
  expect(tokenIn(line)).toBe(token);
});

test.each<[string, Parameters<typeof hasDesktop>, boolean]>([
  ["a Linux desktop", [{ isTTY: true, env: { DISPLAY: ":0" } }, "linux"], true],
  ["a Mac", [{ isTTY: true, env: {} }, "darwin"], true],
  ["a server", [{ isTTY: true, env: {} }, "linux"], false],
  ["the far end of ssh", [{ isTTY: true, env: { DISPLAY: ":10", SSH_CONNECTION: "a b" } }, "linux"], false],
  ["a pipe", [{ isTTY: false, env: { DISPLAY: ":0" } }, "linux"], false],
])("a browser is opened on a desktop only: %s", (_, [io, platform], wanted) => {
  expect(hasDesktop(io, platform)).toBe(wanted);
});
