/** EndpointSlices and Endpoints of Services, from pods whose status the test patches. */
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  Endpoints,
  EndpointSlice as SliceKind,
  Node as NodeKind,
  Pod as PodKind,
  Service as ServiceKind,
} from "../../src/api/core/kinds.ts";
import type { Pod, PodSpec, PodStatus } from "../../src/api/core/pod.ts";
import type { EndpointSlice, Service, ServiceSpec } from "../../src/api/core/service.ts";
import type { KubeObject } from "../../src/meta/object.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, startBench } from "./workloads-bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench("endpoints");
  // Kubernetes leaves out pods whose node does not exist.
  await bench.client.create<KubeObject>(NodeKind, { apiVersion: "v1", kind: "Node", metadata: { name: nodeName() } });
});
afterAll(async () => {
  await bench?.client.delete({ kind: NodeKind, name: nodeName() });
  await bench?.stop();
});

const nodeName = () => `${bench.namespace}-node`;

async function createService(name: string, spec: Partial<ServiceSpec>): Promise<void> {
  const metadata = { name, namespace: bench.namespace };
  await bench.client.create<Service>(ServiceKind, {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { selector: { app: name }, ...spec },
  });
}

async function createPod(app: string, name: string, spec: Partial<PodSpec>, status: PodStatus): Promise<void> {
  const ports = [{ name: "web", containerPort: 8080 }];
  const metadata = { name, namespace: bench.namespace, labels: { app } };
  const containers = [{ name: "main", image: "none", ports }];
  const pod: Pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { nodeName: nodeName(), ...spec, containers } };
  await bench.client.create<Pod>(PodKind, pod);
  const ref = { kind: PodKind, namespace: bench.namespace, name };
  await bench.client.patch(ref, { status }, { type: "merge", subresource: "status" });
}

const running = (ip: string, ready: boolean): PodStatus => ({
  phase: "Running",
  podIP: ip,
  podIPs: [{ ip }],
  conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
});

function slice(service: string, check: (found: EndpointSlice) => boolean): Promise<EndpointSlice> {
  return eventually(async () => {
    const labelSelector = `kubernetes.io/service-name=${service}`;
    const { items } = await bench.client.list<EndpointSlice>(SliceKind, { namespace: bench.namespace, labelSelector });
    return items.find(check);
  }, `${service} has its slice`);
}

it("lists ready and unready pods with named ports resolved, in slices and in Endpoints", async () => {
  await createService("web", { ports: [{ port: 80, targetPort: "web" }] });
  await createPod("web", "web-a", {}, running("10.9.0.1", true));
  await createPod("web", "web-b", {}, running("10.9.0.2", false));
  const found = await slice("web", ({ endpoints }) => endpoints?.length === 2);
  expect(found.ports).toMatchObject([{ port: 8080, protocol: "TCP" }]);
  expect(found.metadata.labels?.["endpointslice.kubernetes.io/managed-by"]).toBe("endpointslice-controller.k8s.io");
  const ready = Object.fromEntries(found.endpoints.map((e) => [e.targetRef?.name, e.conditions?.ready]));
  expect(ready).toEqual({ "web-a": true, "web-b": false });
  const subset = await eventually(async () => {
    const { subsets } = await bench.client.get({ kind: Endpoints, namespace: bench.namespace, name: "web" });
    const [first] = subsets as readonly { addresses?: { ip: string }[]; notReadyAddresses?: { ip: string }[] }[];
    return first?.notReadyAddresses && first;
  }, "the Endpoints are there");
  expect([subset.addresses?.[0]?.ip, subset.notReadyAddresses?.[0]?.ip]).toEqual(["10.9.0.1", "10.9.0.2"]);
});

it("a headless service publishes unready pods with their host names", async () => {
  await createService("peers", { clusterIP: "None", publishNotReadyAddresses: true });
  await createPod("peers", "peer-0", { hostname: "job-0", subdomain: "peers" }, running("10.9.1.1", false));
  const found = await slice("peers", ({ endpoints }) => endpoints?.length === 1);
  expect(found.endpoints[0]).toMatchObject({ hostname: "job-0", addresses: ["10.9.1.1"], conditions: { ready: true } });
});

it("follows readiness, labels and deletion", async () => {
  await createService("moving", { ports: [{ port: 80 }] });
  await createPod("moving", "moving-0", {}, running("10.9.2.1", false));
  await slice("moving", ({ endpoints }) => endpoints?.[0]?.conditions?.ready === false);
  const ref = { kind: PodKind, namespace: bench.namespace, name: "moving-0" };
  await bench.client.patch(ref, { status: running("10.9.2.1", true) }, { type: "merge", subresource: "status" });
  await slice("moving", ({ endpoints }) => endpoints?.[0]?.conditions?.ready === true);
  await bench.client.patch(ref, { metadata: { labels: { app: "elsewhere" } } }, { type: "merge" });
  const left = await slice("moving", ({ endpoints }) => (endpoints ?? []).length === 0);
  expect(left.addressType).toBe("IPv4");
});
