import { expect, it } from "vitest";
import type { Pod, PodSpec, PodStatus } from "../../../api/core/pod.ts";
import type { Service, ServiceSpec } from "../../../api/core/service.ts";
import { checkedPlan } from "../../../testing/checked-plan.ts";
import { endpointsController, planEndpoints } from "./controller.ts";
import { desiredEndpoints, desiredSlices } from "./desired-endpoints.ts";
import { Selections } from "./selections.ts";

function makeService(spec: Partial<ServiceSpec> = {}): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s", namespace: "n", uid: "su" },
    spec: { selector: { app: "x" }, ports: [{ port: 80, targetPort: "web" }], ...spec },
  };
}

function makePod(name: string, spec: Partial<PodSpec> = {}, status: Partial<PodStatus> = {}, deleted = false): Pod {
  const containers = [{ name: "main", ports: [{ name: "web", containerPort: 8080 }] }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "n",
      uid: name,
      labels: { app: "x" },
      ...(deleted && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: { containers, nodeName: "node", ...spec },
    status: { phase: "Running", podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "True" }], ...status },
  };
}

const notReady = { conditions: [] };
const conditionRows: Record<string, [Service, Pod, unknown]> = {
  ready: [makeService(), makePod("a"), { ready: true, serving: true, terminating: false }],
  "not ready": [makeService(), makePod("a", {}, notReady), { ready: false, serving: false, terminating: false }],
  "not ready but published": [
    makeService({ publishNotReadyAddresses: true }),
    makePod("a", {}, notReady),
    { ready: true, serving: false, terminating: false },
  ],
  terminating: [makeService(), makePod("a", {}, {}, true), { ready: false, serving: true, terminating: true }],
};

for (const [name, [service, pod, expected]] of Object.entries(conditionRows)) {
  it(`conditions: ${name}`, () => expect(desiredSlices(service, [pod])[0]?.endpoints[0]?.conditions).toEqual(expected));
}

it("no pods: one empty slice, and Endpoints without subsets", () => {
  const slices = desiredSlices(makeService(), []);
  expect(slices).toMatchObject([{ endpoints: [], ports: [], addressType: "IPv4" }]);
  expect(desiredEndpoints(makeService(), slices).subsets).toEqual([]);
});

it("pods without an address and pods that ended are left out", () => {
  const { podIP: _, ...withoutAddress } = makePod("b").status ?? {};
  const pods = [makePod("a", {}, { phase: "Succeeded" }), { ...makePod("b"), status: withoutAddress }];
  expect(desiredSlices(makeService(), pods)[0]?.endpoints).toEqual([]);
});

it("a slice is labelled, owned, resolves named ports and keeps host names of its own subdomain", () => {
  const pods = [makePod("b", { hostname: "h", subdomain: "s" }), makePod("a", { hostname: "h", subdomain: "other" })];
  const [slice] = desiredSlices(makeService({ clusterIP: "None" }), pods);
  expect(slice?.metadata).toMatchObject({
    name: "s",
    labels: {
      "kubernetes.io/service-name": "s",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      "service.kubernetes.io/headless": "",
    },
    ownerReferences: [{ kind: "Service", uid: "su" }],
  });
  expect(slice?.ports).toEqual([{ name: "", port: 8080, protocol: "TCP" }]);
  expect(slice?.endpoints.map(({ targetRef, hostname }) => [targetRef?.name, hostname])).toEqual([
    ["a", undefined],
    ["b", "h"],
  ]);
});

it("pods whose named port differs go into slices of their own; surplus slices are removed", () => {
  const other = makePod("b", { containers: [{ name: "main", ports: [{ name: "web", containerPort: 9090 }] }] });
  const plan = checkedPlan(endpointsController(), planEndpoints, makeService(), {
    pods: [makePod("a"), other],
    slices: [],
  });
  expect(plan.apply.map(({ target }) => `${target.kind}/${target.metadata.name}`)).toEqual([
    "EndpointSlice/s",
    "EndpointSlice/s-1",
    "Endpoints/s",
  ]);
  const slices = desiredSlices(makeService(), [makePod("a"), other]);
  const less = checkedPlan(endpointsController(), planEndpoints, makeService(), { pods: [makePod("a")], slices });
  expect(less.remove.map(({ target }) => target.name)).toEqual(["s-1"]);
});

it("a pod concerns the Services it matches and those it matched before", () => {
  const selections = new Selections();
  selections.serviceSeen(makeService());
  const pod = makePod("a");
  expect(selections.podSeen(pod)).toEqual([{ namespace: "n", name: "s" }]);
  const relabelled = { ...pod, metadata: { ...pod.metadata, labels: {} } };
  expect(selections.podSeen(relabelled)).toEqual([{ namespace: "n", name: "s" }]);
  expect(selections.podSeen(relabelled)).toEqual([]);
});
