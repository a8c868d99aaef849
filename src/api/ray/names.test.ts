/** Names that are too long keep their end, those of pods their beginning. */
import { expect, test } from "vitest";
import {
  checkLabel,
  checkName,
  headIngressName,
  headPodPrefix,
  headServiceName,
  redisCleanupJobName,
  serviceFqdn,
  workerPodPrefix,
} from "./names.ts";

const long = `a${"b".repeat(51)}z`;

test.each([
  ["a short name stays", checkName("raycluster"), "raycluster"],
  ["of a long one the last 50 characters stay", checkName(long), `${"b".repeat(49)}z`],
  ["a digit in front becomes r", checkName("1-cluster"), "r-cluster"],
  ["a dash in front becomes r", checkName(`x-${"c".repeat(49)}`), `r${"c".repeat(49)}`],
  ["of a label the last 63 characters stay", checkLabel("a".repeat(70)), "a".repeat(63)],
  ["a digit may begin a label", checkLabel("1a"), "1a"],
  ["a dash may not", checkLabel(`-${"a".repeat(62)}`), `r${"a".repeat(62)}`],
  ["a head pod", headPodPrefix(long), `a${"b".repeat(49)}-head-`],
  ["a worker pod", workerPodPrefix("Cluster", "Small"), "cluster-small-worker-"],
  ["a worker pod of a long cluster", workerPodPrefix(long, "small"), `a${"b".repeat(49)}-worker-`],
  ["a head Service is never cut", headServiceName(long), `${long}-head-svc`],
  ["an ingress", headIngressName(long), `${"b".repeat(36)}z-head-ingress`],
  ["a cleanup Job", redisCleanupJobName(long), `${"b".repeat(48)}z-redis-cleanup`],
  ["a name in DNS", serviceFqdn("c-head-svc", "ns"), "c-head-svc.ns.svc.cluster.local"],
  ["a name in another domain", serviceFqdn("c-head-svc", "ns", "corp"), "c-head-svc.ns.svc.corp"],
])("%s", (_, found, expected) => {
  expect(found).toBe(expected);
});
