import { describe, expect, it } from "vitest";
import type { Pod } from "../../../api/core/pod.ts";
import { findCause } from "./postmortem.ts";

interface End {
  readonly code: number;
  readonly at?: string;
  readonly reason?: string;
  readonly message?: string;
}

function makePod(name: string, end: End | undefined, more: Partial<Pod["status"]> = {}, container = "main"): Pod {
  const terminated = end && {
    exitCode: end.code,
    finishedAt: `2026-01-01T00:00:${end.at ?? "10"}Z`,
    ...(end.reason && { reason: end.reason }),
    ...(end.message && { message: end.message }),
  };
  const status = {
    name: container,
    ready: false,
    restartCount: 0,
    image: "i",
    imageID: "",
    state: terminated ? { terminated } : {},
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...(end?.reason === "told" && { deletionTimestamp: "2026-01-01T00:00:09Z" }) },
    spec: { containers: [{ name: "main", image: "i", resources: { limits: { memory: "2Gi" } } }] },
    status: {
      ...(container === "main" ? { containerStatuses: [status] } : { initContainerStatuses: [status] }),
      ...more,
    },
  };
}

describe("findCause", () => {
  it.each([
    ["no pods", [], undefined],
    ["pods that did well", [makePod("a", { code: 0 }), makePod("b", undefined)], undefined],
    [
      "the pod that failed first, not those that were ended for it",
      [makePod("a", { code: 143, at: "12" }), makePod("b", { code: 3, at: "11" })],
      { reason: "CommandFailed", message: "container main of pod b terminated with exit code 3" },
    ],
    [
      "within a second the one that ended by itself",
      [makePod("a", { code: 137 }), makePod("b", { code: 1, reason: "told" }), makePod("c", { code: 1 })],
      { reason: "CommandFailed", message: "container main of pod c terminated with exit code 1" },
    ],
    [
      "the message that a container left",
      [makePod("a", { code: 2, message: " no data at /data\n" })],
      { reason: "CommandFailed", message: "container main of pod a terminated with exit code 2: no data at /data" },
    ],
    [
      "the last lines of its log, told apart from the sentence",
      [makePod("a", { code: 1, message: "Traceback:\n  File x\nValueError: no data\n" })],
      {
        reason: "CommandFailed",
        message:
          "container main of pod a terminated with exit code 1, last lines:\nTraceback:\n  File x\nValueError: no data",
      },
    ],
    [
      "want of memory, with the limit",
      [makePod("a", { code: 137, reason: "OOMKilled" })],
      { reason: "OutOfMemory", message: "container main of pod a exceeded its memory limit of 2 GiB" },
    ],
    [
      "ranks that did not appear",
      [makePod("a", { code: 1, message: "rank 2 (x) did not appear within 900 s" }, {}, "wait-for-ranks")],
      { reason: "RanksMissing", message: "rank 2 (x) did not appear within 900 s" },
    ],
    [
      "an eviction",
      [
        makePod("a", undefined, {
          phase: "Failed",
          reason: "Evicted",
          message: "The node was low on resource: memory.",
        }),
      ],
      { reason: "Evicted", message: "pod a: The node was low on resource: memory." },
    ],
  ])("%s", (_, pods, cause) => expect(findCause(pods)).toEqual(cause));
});
