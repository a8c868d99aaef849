import { expect, test } from "vitest";
import type { Pod } from "../api/core/pod.ts";
import { nameOf } from "./experiments.ts";
import { selectGroup, selectPod, selectRank } from "./select-pods.ts";
import { UserError } from "./user-error.ts";

const pod = (type: string, job: number, index: number, rank: number): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: `e-${type}-${job}-${index}`,
    labels: {
      "jobset.sigs.k8s.io/replicatedjob-name": type,
      "jobset.sigs.k8s.io/job-index": String(job),
      "jobset.sigs.k8s.io/job-global-index": String(rank),
      "batch.kubernetes.io/job-completion-index": String(index),
    },
  },
  spec: { containers: [] },
});
const pods = [pod("master", 0, 0, 0), pod("worker", 0, 0, 1), pod("worker", 1, 0, 2), pod("worker", 1, 1, 2)];

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return `${error.code}: ${error.remedy}`;
  }
  return "nothing was refused";
};

test.each<[string, Pod, string]>([
  ["a pod by its name", selectPod(pods, "e-worker-1-1"), "e-worker-1-1"],
  ["a pod by a part of its name", selectPod(pods, "worker-0"), "e-worker-0-0"],
  ["a pod by the part it plays alone", selectPod(pods, "master"), "e-master-0-0"],
  ["a rank", selectRank(pods, "1"), "e-worker-0-0"],
  ["coordinates", selectRank(pods, "worker/1/1"), "e-worker-1-1"],
])("finds %s", (_, found, wanted) => expect(nameOf(found)).toBe(wanted));

test("a group is all of its pods", () => expect(selectGroup(pods, "worker").map(nameOf)).toHaveLength(3));

test("of several pods that stood at one place it is the youngest, which comes last", () => {
  const again = { ...pod("worker", 0, 0, 1), metadata: { ...pods[1]?.metadata, name: "again" } };
  expect(nameOf(selectRank([...pods, again], "1"))).toBe("again");
});

test.each<[string, () => unknown, string]>([
  ["a misspelt pod", () => selectPod(pods, "mastre"), "POD_NOT_FOUND: did you mean master?"],
  [
    "a misspelt group",
    () => selectGroup(pods, "wroker"),
    "GROUP_NOT_FOUND: did you mean worker? there are: master, worker",
  ],
  ["a rank beyond", () => selectRank(pods, "7"), "RANK_NOT_FOUND: there are: 0, 1, 2"],
  ["coordinates beyond", () => selectRank(pods, "worker/9/9"), "RANK_NOT_FOUND: did you mean worker/0/0?"],
  ["a rank of several pods", () => selectRank(pods, "2"), "RANK_AMBIGUOUS: name one: worker/1/0, worker/1/1"],
  ["no pods", () => selectGroup([], "head"), "GROUP_NOT_FOUND: the experiment has no pods"],
])("refuses %s and says what there is", (_, work, wanted) => expect(refusal(work)).toContain(wanted));
