import { expect, test } from "vitest";
import { formatQuantity } from "../../machinery/quantity.ts";
import type { Container } from "./pod.ts";
import { podRequests } from "./requests.ts";

const asks = (cpu: string, more: Partial<Container> = {}): Container => ({
  name: "c",
  resources: { requests: { cpu } },
  ...more,
});
const sidecar = (cpu: string) => asks(cpu, { restartPolicy: "Always" });

test.each([
  ["containers are added", { containers: [asks("1"), asks("500m")] }, { cpu: "1500m" }],
  ["nothing asked", { containers: [{ name: "c" }] }, {}],
  [
    "a limit without a request counts",
    { containers: [{ name: "c", resources: { limits: { memory: "1Gi" } } }] },
    { memory: "1Gi" },
  ],
  [
    "a request counts before its limit",
    { containers: [asks("1", { resources: { limits: { cpu: "4" }, requests: { cpu: "2" } } })] },
    { cpu: "2" },
  ],
  [
    "the largest init container, where that is more",
    { initContainers: [asks("3"), asks("2")], containers: [asks("1")] },
    { cpu: "3" },
  ],
  ["sidecars beside the containers", { initContainers: [sidecar("1")], containers: [asks("1")] }, { cpu: "2" }],
  [
    "an init container beside the sidecars that come first",
    { initContainers: [sidecar("1"), asks("3")], containers: [asks("1")] },
    { cpu: "4" },
  ],
  [
    "not beside those that come later",
    { initContainers: [asks("3"), sidecar("1")], containers: [asks("1")] },
    { cpu: "3" },
  ],
  [
    "the pod's own resources instead, and overhead on top",
    { containers: [asks("1")], resources: { requests: { cpu: "5" } }, overhead: { cpu: "250m" } },
    { cpu: "5250m" },
  ],
  ["fractions are exact", { containers: [asks("0.1m"), asks("0.1m")] }, { cpu: "200u" }],
])("%s", (_, spec, wanted) => {
  const found = Object.entries(podRequests(spec)).map(([name, amount]) => [name, formatQuantity(amount)]);
  expect(Object.fromEntries(found)).toEqual(wanted);
});
