import { expect, it } from "vitest";
import { Pod as PodKind } from "../../api/core/kinds.ts";
import { rulesFor } from "../../runtime/rights.ts";
import { createJobSetController } from "./controller.ts";

const rights = (...args: Parameters<typeof createJobSetController>) =>
  rulesFor([createJobSetController(...args)]).map(
    ({ apiGroups, resources, verbs }) => `${[...apiGroups, ...resources].join("/")}: ${verbs.join(" ")}`,
  );

const rules = [
  "/persistentvolumeclaims: get list watch create",
  "/services: get list watch create",
  "batch/jobs: get list watch create patch delete",
  "batch/jobs/status: patch",
  "events.k8s.io/events: create patch",
  "jobset.x-k8s.io/jobsets: get list watch delete",
  "jobset.x-k8s.io/jobsets/finalizers: update",
  "jobset.x-k8s.io/jobsets/status: patch",
  "scheduling.k8s.io/priorityclasses: get list watch",
];

it("needs no rights to pods", () => {
  expect(rights()).toEqual(rules);
});

it("reads pods for in-place restarts", () => {
  expect(rights({ gates: { inPlaceRestart: true } })).toEqual([rules[0], "/pods: get list watch", ...rules.slice(1)]);
});

it("caches the pods of JobSets alone, and requeues the JobSet that they name", () => {
  const { watches = [] } = createJobSetController({ gates: { inPlaceRestart: true } });
  const pods = watches.find(({ kind }) => kind === PodKind);
  expect(pods?.selector).toBe("jobset.sigs.k8s.io/jobset-name");
  const pod = (labels?: Readonly<Record<string, string>>) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "ns", ...(labels && { labels }) },
  });
  expect(pods?.map?.(pod({ "jobset.sigs.k8s.io/jobset-name": "js" }), () => [])).toEqual([
    { namespace: "ns", name: "js" },
  ]);
  expect(pods?.map?.(pod(), () => [])).toEqual([]);
});
