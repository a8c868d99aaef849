import { expect, test } from "vitest";
import { type Candidate, selectGroup, selectMain, selectPod, selectRank } from "./select-pods.ts";
import { UserError } from "../errors/user-error.ts";

const pod = (part: string, job: number, index: number, rank: number): Candidate => ({
  pod: `e-${part}-${job}-${index}`,
  part,
  coordinates: { type: part, job, index, rank },
  isGone: false,
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

test.each<[string, Candidate, string]>([
  ["a pod by its name", selectPod(pods, "e-worker-1-1"), "e-worker-1-1"],
  ["a pod by a part of its name", selectPod(pods, "worker-0"), "e-worker-0-0"],
  ["a pod by the part it plays alone", selectPod(pods, "master"), "e-master-0-0"],
  ["a rank", selectRank(pods, "1"), "e-worker-0-0"],
  ["coordinates", selectRank(pods, "worker/1/1"), "e-worker-1-1"],
])("finds %s", (_, found, wanted) => expect(found.pod).toBe(wanted));

test("a group is all of its pods", () => expect(selectGroup(pods, "worker")).toHaveLength(3));

test.each<[string, readonly Candidate[], string]>([
  [
    "of several pods that stood at one place the youngest, which comes last",
    [{ ...pod("w", 0, 0, 0), pod: "again" }],
    "again",
  ],
  ["one that is there before one that was", [{ ...pod("w", 0, 0, 0), pod: "was", isGone: true }], "e-w-0-0"],
])("a rank is %s", (_, more, wanted) => {
  expect(selectRank([pod("w", 0, 0, 0), ...more], "0").pod).toBe(wanted);
});

test("a pod that is gone is found by its name, its rank and its coordinates", () => {
  const gone = { ...pod("w", 1, 0, 1), isGone: true };
  const all = [gone, pod("w", 0, 0, 0)];
  for (const found of [selectPod(all, "w-1"), selectRank(all, "1"), selectRank(all, "w/1/0")]) expect(found).toBe(gone);
});

const submitter = { pod: "s", part: "submitter", isGone: false };
test.each<[string, readonly Candidate[], string | undefined]>([
  ["rank 0", [...pods].reverse(), "e-master-0-0"],
  ["rank 0, though it is gone", [{ ...pod("w", 0, 0, 0), isGone: true }, pod("w", 1, 0, 1)], "e-w-0-0"],
  ["the last submitter", [submitter, { ...submitter, pod: "s2" }, { pod: "h", part: "head", isGone: false }], "s2"],
  ["none while a Ray job has no submitter", [{ pod: "h", part: "head", isGone: false }], undefined],
])("the main pod is %s", (_, all, wanted) => expect(selectMain(all)?.pod).toBe(wanted));

test.each<[string, () => unknown, string]>([
  ["a misspelt pod", () => selectPod(pods, "mastre"), "POD_NOT_FOUND: did you mean master?"],
  [
    "a misspelt group",
    () => selectGroup(pods, "wroker"),
    "GROUP_NOT_FOUND: did you mean worker? known groups: master, worker",
  ],
  ["a rank beyond", () => selectRank([...pods].reverse(), "7"), "RANK_NOT_FOUND: known ranks: 0, 1, 2"],
  ["coordinates beyond", () => selectRank(pods, "worker/9/9"), "RANK_NOT_FOUND: did you mean worker/0/0?"],
  ["a rank of several pods", () => selectRank(pods, "2"), "RANK_AMBIGUOUS: name one: worker/1/0, worker/1/1"],
  [
    "a rank of a Ray experiment",
    () => selectRank([submitter], "0"),
    "NO_RANKS: select a pod with --pod, or a group with --group: submitter",
  ],
  ["no pods", () => selectGroup([], "head"), "GROUP_NOT_FOUND: the experiment no longer has pods"],
])("refuses %s and says what there is", (_, work, wanted) => expect(refusal(work)).toContain(wanted));
