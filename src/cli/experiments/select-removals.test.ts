import { expect, test } from "vitest";
import type { Experiment, ExperimentState } from "../../api/experiment/types.ts";
import { Sweep as SweepKind } from "../../api/sweep/kinds.ts";
import type { Sweep, SweepState } from "../../api/sweep/types.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import { parseFilter } from "./filter.ts";
import { type Everything, filteredRemovals, namedRemovals } from "./select-removals.ts";

const makeSweep = (name: string, state: SweepState, labels = {}): Sweep => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Sweep",
  metadata: { name, uid: name, creationTimestamp: "2026-01-01T00:00:00Z", labels },
  spec: { template: { manifest: "" }, trials: [{ parameters: {} }] },
  status: { state },
});

const makeExperiment = (name: string, state: ExperimentState, of?: Sweep): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: {
    name,
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: of?.metadata.labels ?? {},
    ...(of && { ownerReferences: [ownerReference(SweepKind, of)] }),
  },
  spec: { manifest: "" },
  status: { state, step: state === "Processing" ? "Running" : "Finished" },
});

const mixed = makeSweep("sweep-aa11", "Failed", { team: "vision" });
const bad = makeSweep("sweep-bb22", "Failed");
const empty = makeSweep("sweep-ab33", "Cancelled");
const running = makeSweep("sweep-cc44", "Running");
const all: Everything = {
  sweeps: [mixed, bad, empty, running],
  experiments: [
    makeExperiment("experiment-ab99", "Succeeded"),
    makeExperiment("sweep-aa11-0", "Succeeded", mixed),
    makeExperiment("sweep-aa11-1", "Failed", mixed),
    makeExperiment("sweep-bb22-0", "Failed", bad),
    makeExperiment("sweep-cc44-0", "Succeeded", running),
    makeExperiment("sweep-cc44-1", "Processing", running),
  ],
};
const names = ({ sweeps, experiments }: Everything) => [...sweeps, ...experiments].map(({ metadata }) => metadata.name);

test.each<[string, readonly string[], boolean, readonly string[]]>([
  ["a sweep goes with its experiments", ["sweep-aa11"], false, ["sweep-aa11", "sweep-aa11-0", "sweep-aa11-1"]],
  ["by the beginning of its name", ["sweep-b"], false, ["sweep-bb22", "sweep-bb22-0"]],
  ["an experiment of a sweep alone", ["sweep-aa11-1"], false, ["sweep-aa11-1"]],
  ["a sweep and one of its own, each once", ["bb22", "sweep-bb22-0"], false, ["sweep-bb22", "sweep-bb22-0"]],
  ["the newest experiment", ["latest"], false, ["experiment-ab99"]],
  ["a sweep that goes on, when told", ["cc"], true, ["sweep-cc44", "sweep-cc44-0", "sweep-cc44-1"]],
])("by name: %s", (_, wanted, cancels, going) => {
  const { chosen } = namedRemovals(all, { names: wanted, namespace: "default", cancels });
  expect(names(chosen)).toEqual(going);
});

test.each<[string, string, string]>([
  ["a sweep that goes on", "sweep-cc44", "sweep-cc44 has not finished; nothing was deleted"],
  ["a beginning of several", "ab", '"ab" matches 2 experiments'],
  ["a name of nobody", "sweep-zz", 'experiment "sweep-zz" not found'],
])("refused by name: %s", (_, wanted, message) => {
  expect(() => namedRemovals(all, { names: [wanted], namespace: "default", cancels: false })).toThrow(message);
});

test.each<[string, Parameters<typeof parseFilter>[0], boolean, readonly string[], readonly string[]]>([
  [
    "what failed: a sweep only if all of it failed",
    { state: "Failed" },
    false,
    ["sweep-bb22", "sweep-aa11-1", "sweep-bb22-0"],
    [],
  ],
  [
    "a label: the sweep and all of it",
    { label: ["team=vision"] },
    false,
    ["sweep-aa11", "sweep-aa11-0", "sweep-aa11-1"],
    [],
  ],
  ["a sweep without experiments by its own state", { state: "Cancelled" }, false, ["sweep-ab33"], []],
  ["what goes on is left out", { state: "Running" }, false, [], ["sweep-cc44", "sweep-cc44-1"]],
  ["of a sweep that goes on, what is meant", { state: "Running" }, true, ["sweep-cc44-1"], []],
])("by filter: %s", (_, flags, cancels, going, left) => {
  const removals = filteredRemovals(all, { filter: parseFilter(flags, new Date(0)), cancels });
  expect([names(removals.chosen), names(removals.unfinished)]).toEqual([going, left]);
});

test("all, with what goes on", () => {
  const removals = filteredRemovals(all, { filter: undefined, cancels: true });
  expect(removals.chosen).toEqual(all);
});
