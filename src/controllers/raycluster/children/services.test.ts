/** Services around a RayCluster: what the user's own settings change in them, and those made for hosts and for serving. */
import { describe, expect, it, test } from "vitest";
import type { Service } from "../../../api/core/service.ts";
import type { RayCluster, RayClusterSpec } from "../../../api/ray/types.ts";
import { headTemplate, makeCluster, makeGroup, options, spec } from "../model.test-support.ts";
import { checkedPlan } from "../../../testing/checked-plan.ts";
import { desiredHeadService, planServices } from "./services.ts";

type HeadSpec = RayClusterSpec["headGroupSpec"];
const withHead = (head: Partial<HeadSpec>, more: Partial<RayClusterSpec> = {}): RayCluster =>
  makeCluster({ headGroupSpec: { template: headTemplate, ...head }, ...more });
const headService = (cluster: RayCluster, headClusterIpService = false) =>
  desiredHeadService(cluster, { ...options, headClusterIpService });
const headWith = (ports: readonly { readonly containerPort: number; readonly name?: string }[]): HeadSpec => ({
  template: { spec: { containers: [{ name: "ray-head", ports }] } },
});
const owner = expect.objectContaining({ kind: "RayCluster", name: "raycluster-kuberay", controller: true }) as unknown;

describe("the head Service", () => {
  const addressed = (service: Service) => {
    const { type, clusterIP, publishNotReadyAddresses } = service.spec;
    return { type, clusterIP, publishNotReadyAddresses };
  };
  const headless = { clusterIP: "None", publishNotReadyAddresses: true };

  test.each([
    ["is headless", headService(withHead({})), headless],
    [
      "is headless as ClusterIP, too",
      headService(withHead({ serviceType: "ClusterIP" })),
      { ...headless, type: "ClusterIP" },
    ],
    ["is not as NodePort", headService(withHead({ serviceType: "NodePort" })), { type: "NodePort" }],
    ["is not where the operator is told so", headService(withHead({}), true), {}],
    [
      "is not where the user brings one",
      headService(withHead({ headService: { spec: {} } as Service, serviceType: "LoadBalancer" })),
      { type: "LoadBalancer" },
    ],
  ])("%s", (_, service, expected) => {
    expect(JSON.parse(JSON.stringify(addressed(service)))).toEqual(expected);
  });

  const portsOf = (head: HeadSpec) =>
    headService(makeCluster({ headGroupSpec: head })).spec.ports?.map(({ name, port }) => `${name}:${port}`);
  test.each([
    [
      "has Ray's ports where the head names none",
      headWith([]),
      ["client:10001", "dashboard:8265", "gcs-server:6379", "metrics:8080", "serve:8000"],
    ],
    [
      "has the head's ports, those without a name by their number, and metrics",
      headWith([{ containerPort: 8265, name: "dashboard" }, { containerPort: 7777 }]),
      ["7777-port:7777", "dashboard:8265", "metrics:8080"],
    ],
    [
      "leaves the user's metrics where they are",
      headWith([{ containerPort: 9090, name: "metrics" }]),
      ["metrics:9090"],
    ],
  ])("%s", (_, head, expected) => expect(portsOf(head)).toEqual(expected));

  it("selects by the application's name that the head has", () => {
    const template = { ...headTemplate, metadata: { labels: { "app.kubernetes.io/name": "mine", team: "a" } } };
    const { metadata, spec } = headService(withHead({ template }));
    expect(spec.selector).toEqual({
      "ray.io/cluster": "raycluster-kuberay",
      "ray.io/node-type": "head",
      "ray.io/identifier": "raycluster-kuberay-head",
      "app.kubernetes.io/name": "mine",
      "app.kubernetes.io/created-by": "kuberay-operator",
    });
    expect(metadata.labels).toEqual(spec.selector);
  });

  it("of the user's own making keeps its name, but selects the head, and the cluster's marks win", () => {
    const own = {
      metadata: {
        name: "mine",
        namespace: "elsewhere",
        labels: { "ray.io/cluster": "x", team: "a" },
        annotations: { both: "own", own: "1" },
      },
      spec: { type: "NodePort", selector: { a: "b" } },
    } as unknown as Service;
    const { metadata, spec } = headService(
      withHead({ headService: own, serviceType: "LoadBalancer" }, { headServiceAnnotations: { both: "cluster" } }),
    );
    expect(metadata).toMatchObject({
      name: "mine",
      namespace: "default",
      labels: { "ray.io/cluster": "raycluster-kuberay", team: "a" },
      annotations: { both: "cluster", own: "1" },
      ownerReferences: [owner],
    });
    expect([spec.type, spec.selector?.["a"], spec.selector?.["ray.io/node-type"]]).toEqual([
      "NodePort",
      undefined,
      "head",
    ]);
  });
});

describe("beside it", () => {
  const made = (cluster: RayCluster) =>
    checkedPlan(spec, planServices, cluster, headService(cluster), options).apply.map(({ target, mode }) => ({
      mode,
      ...target,
    }));

  it("there is a headless Service for replicas of several hosts", () => {
    expect(made(makeCluster({ workerGroupSpecs: [makeGroup(), makeGroup({ numOfHosts: 2 })] }))).toEqual([
      {
        mode: "create",
        apiVersion: "v1",
        kind: "Service",
        metadata: {
          name: "raycluster-kuberay-headless",
          namespace: "default",
          labels: { "ray.io/headless-worker-svc": "raycluster-kuberay" },
          ownerReferences: [owner],
        },
        spec: {
          type: "ClusterIP",
          clusterIP: "None",
          publishNotReadyAddresses: true,
          selector: { "ray.io/cluster": "raycluster-kuberay", "ray.io/node-type": "worker" },
        },
      },
    ]);
  });

  it("there is a serve Service for the head's ports of that name, where asked for", () => {
    const ports = [
      { containerPort: 8000, name: "serve" },
      { containerPort: 8001, name: "serve-b" },
      { containerPort: 8265, name: "dashboard" },
    ];
    const headGroupSpec: HeadSpec = { ...headWith(ports), serviceType: "NodePort" };
    const of = (wish: string) =>
      made(makeCluster({ headGroupSpec }, { metadata: { annotations: { "ray.io/enable-serve-service": wish } } }));
    const [service] = of("true");
    expect(service).toMatchObject({
      mode: "create",
      metadata: {
        name: "raycluster-kuberay-serve-svc",
        labels: {
          "ray.io/originated-from-cr-name": "raycluster-kuberay",
          "ray.io/originated-from-crd": "RayCluster",
          "ray.io/serve": "raycluster-kuberay-serve",
        },
        ownerReferences: [owner],
      },
      spec: { type: "NodePort", selector: { "ray.io/cluster": "raycluster-kuberay" } },
    });
    const { spec } = service as unknown as Service;
    expect(spec.ports?.map(({ name, port }) => [name, port])).toEqual([
      ["serve", 8000],
      ["serve-b", 8001],
    ]);
    expect(of("True")).toEqual([]);
  });
});
