import { expect, test } from "vitest";
import type { Experiment } from "../../api/experiment/types.ts";
import { repeatExperiment, type Repetition } from "./repeat-experiment.ts";

const id = "01234567-89ab-cdef-0123-456789abcdef";
const earlier: Experiment = {
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: {
    name: "experiment-old",
    namespace: "team",
    labels: { "windlass.dev/experiment-id": "x", "windlass.dev/sweep": "s", project: "p" },
  },
  spec: {
    id: "x",
    manifest: "old",
    message: "first",
    sourceDirectory: "/src",
    vcs: { sha: "1" },
    env: { A: "1", B: "1" },
    cancelled: true,
    startDeadlineSeconds: 9,
  },
};
const repeat = (more: Partial<Repetition>) =>
  repeatExperiment(earlier, { id, manifest: "new", source: { from: "snapshot", image: "built" }, ...more });

test("the new one is linked to the earlier one, keeps its labels, and nothing of its end", () => {
  expect(repeat({})).toEqual({
    apiVersion: "windlass.dev/v1alpha1",
    kind: "Experiment",
    metadata: {
      name: "experiment-01234567-89ab",
      namespace: "team",
      labels: { "windlass.dev/experiment-id": id, "windlass.dev/rerun-of": "experiment-old", project: "p" },
    },
    spec: {
      id,
      manifest: "new",
      message: "first",
      sourceDirectory: "/src",
      image: "built",
      vcs: { sha: "1" },
      env: { A: "1", B: "1" },
      startDeadlineSeconds: 9,
    },
  });
});

test.each<[string, Partial<Repetition>, Partial<Experiment["spec"]>]>([
  ["new variables win", { env: { B: "2" } }, { env: { A: "1", B: "2" } }],
  ["a new message wins", { message: "second" }, { message: "second" }],
  [
    "a folder brings its own facts of git",
    { source: { from: "folder", directory: "/new", vcs: { sha: "2" } } },
    { sourceDirectory: "/new", vcs: { sha: "2" } },
  ],
])("%s", (_, more, wanted) => {
  expect(repeat(more).spec).toMatchObject(wanted);
});

test("an image that is not built here has no folder", () => {
  expect(repeat({ source: { from: "image", image: "ready" } }).spec).not.toHaveProperty("sourceDirectory");
});

test("of a folder without git nothing is said about git", () => {
  const { spec } = repeat({ source: { from: "folder", directory: "/new" } });
  expect(spec).not.toHaveProperty("vcs");
  expect(spec).not.toHaveProperty("image");
});
