/** `windlass operator` and `windlass install` as processes, against an API server without nodes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lease, Pod } from "../../src/api/core/kinds.ts";
import type { KubeObject, UnknownObject } from "../../src/meta/object.ts";
import { RayCluster } from "../../src/api/ray/kinds.ts";
import type { Client } from "../../src/kube/client.ts";
import { createClient } from "../../src/kube/create-client.ts";
import { createApiServer } from "../../src/local/apiserver/server.ts";
import { loadCredentials } from "../../src/local/credentials.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { shellManifest, type Started, Windlass } from "./windlass.ts";

const windlass = new Windlass();
const folder = mkdtempSync("/var/tmp/windlass-operator-");
const kubeconfig = join(folder, "kubeconfig");
const api = createApiServer();
let client: Client;

function writeKubeconfig(path: string, cluster: object, token: string): void {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster }],
    users: [{ name: "test", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  };
  writeFileSync(path, JSON.stringify(config));
}

beforeAll(async () => {
  const credentials = await loadCredentials(folder, ["127.0.0.1"], new Date());
  const { url } = await api.listen({ tls: credentials, token: credentials.token });
  const ca = Buffer.from(credentials.cert).toString("base64");
  writeKubeconfig(kubeconfig, { server: url, "certificate-authority-data": ca }, credentials.token);
  client = createClient(api.transport, { fieldManager: "test" });
});
afterAll(async () => {
  await windlass.stop();
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const onCluster = (...args: readonly string[]) => windlass.run(...args, "--kubeconfig", kubeconfig);

interface Installed {
  readonly definitions: readonly { readonly name: string; readonly outcome: string }[];
}

describe("windlass install", () => {
  const install = async () => {
    const { stdout, status, output } = await onCluster("install", "--crds-only", "--context", "test", "-o", "json");
    expect(status, output).toBe(0);
    return (JSON.parse(stdout) as Installed).definitions.map(({ name, outcome }) => `${name} ${outcome}`);
  };

  it("creates every definition, and the second time changes nothing", async () => {
    const names = [
      "experiments.windlass.dev",
      "jobsets.jobset.x-k8s.io",
      "rayclusters.ray.io",
      "raycronjobs.ray.io",
      "rayjobs.ray.io",
      "rayservices.ray.io",
      "sweeps.windlass.dev",
    ];
    expect((await install()).toSorted((a, b) => a.localeCompare(b))).toEqual(names.map((name) => `${name} created`));
    expect((await install()).toSorted((a, b) => a.localeCompare(b))).toEqual(names.map((name) => `${name} unchanged`));
  });

  it.each([
    ["a cluster that nobody named", ["--crds-only"], /no cluster to install into: pass/],
    ["more than the definitions", ["--kubeconfig", kubeconfig], /add --crds-only/],
  ])("refuses %s", async (_, flags, message) => {
    const { status, stderr } = await windlass.run("install", ...flags);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const start = (...flags: readonly string[]): Started =>
  windlass.start("operator", "--kubeconfig", kubeconfig, ...flags);
const says = (operator: Started, text: string) =>
  eventually(() => operator.output().includes(text), `the operator says ${text}: ${operator.output()}`, 30_000);

async function stop(operator: Started): Promise<number> {
  operator.child.kill("SIGTERM");
  return (await operator.ended).status;
}

const lease = { kind: Lease, namespace: "default", name: "windlass-operator" };
const holder = async () => (await client.get<UnknownObject & { spec: { holderIdentity: string } }>(lease)).spec;

describe("windlass operator", () => {
  it("leads, says that it is ready, measures, and gives its lease up when it is stopped", async () => {
    const [metrics, probes] = [await freePort(), await freePort()];
    const flags = ["--metrics-bind-address", `127.0.0.1:${metrics}`, "--health-probe-bind-address", `:${probes}`];
    flags.push("--feature-gates", "RayCronJob=true");
    const operator = start(...flags);
    await says(operator, "operator is running");
    expect((await holder()).holderIdentity).not.toBe("");
    expect((await fetch(`http://127.0.0.1:${probes}/readyz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${probes}/healthz`)).status).toBe(200);
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    expect(text).toContain('leader_election_master_status{name="windlass-operator"} 1');
    for (const controller of ["raycluster", "rayjob", "raycronjob", "jobset", "experiment"])
      expect(text).toContain(`controller_runtime_reconcile_errors_total{controller="${controller}"} 0`);
    const names = [
      "controller_runtime_reconcile_time_seconds",
      "workqueue_depth",
      "rest_client_requests_total",
      "process_resident_memory_bytes",
      "jobset_completed_total",
      "jobset_failed_total",
      "kuberay_cluster_info",
      "kuberay_job_deployment_status",
    ];
    for (const name of names) expect(text).toContain(`# TYPE ${name} `);
    expect(await stop(operator)).toBe(0);
    expect((await holder()).holderIdentity).toBe("");
  });

  it("stands by while another leads, and takes over when that one stops", async () => {
    const first = start();
    await says(first, "operator is running");
    const second = start();
    await says(second, "standing by");
    expect(second.output()).not.toContain("operator is running");
    expect(await stop(first)).toBe(0);
    await says(second, "operator is running");
    expect(await stop(second)).toBe(0);
  });

  it("ends with an error when another has taken its lease", async () => {
    const operator = start();
    await says(operator, "operator is running");
    await client.patch(lease, { spec: { holderIdentity: "thief" } }, { type: "merge" });
    const { status, stderr } = await operator.ended;
    expect(stderr).toContain("was not renewed");
    expect(status).toBe(1);
    await client.delete(lease);
  });

  it("leads beside operators of other controllers, and of other namespaces", async () => {
    const flags = [
      ["--controllers", "jobset,experiment"],
      ["--controllers", "rayjob,raycluster"],
      ["-n", "a"],
      ["-n", "b"],
    ];
    const operators = flags.map((some) => start(...some));
    await Promise.all(operators.map((operator) => says(operator, "operator is running")));
    expect(await Promise.all(operators.map(stop))).toEqual([0, 0, 0, 0]);
  });

  it("gives Ray pods what the configuration says", async () => {
    const config = join(folder, "ray.yaml");
    writeFileSync(config, "apiVersion: config.ray.io/v1alpha1\nkind: Configuration\ndefaultPodLabels: {site: here}\n");
    const operator = start("--controllers", "raycluster", "--config", config);
    await says(operator, "operator is running");
    const template = { spec: { containers: [{ name: "ray-head", image: "none" }] } };
    await client.create(RayCluster, {
      apiVersion: "ray.io/v1",
      kind: "RayCluster",
      metadata: { name: "marked", namespace: "default" },
      spec: { rayVersion: "2.53.0", headGroupSpec: { template } },
    } as KubeObject);
    const head = { namespace: "default", labelSelector: "ray.io/cluster=marked,site=here" };
    await eventually(async () => (await client.list(Pod, head)).items.length === 1, "the head has the label", 30_000);
    await client.delete({ kind: RayCluster, namespace: "default", name: "marked" });
    expect(await stop(operator)).toBe(0);
  });

  it.each([
    ["a controller that there is not", ["--controllers", "jobste"], /did you mean jobset/],
    ["a controller whose gate is off", ["--controllers", "raycronjob"], /add --feature-gates RayCronJob=true/],
    ["a gate that there is not", ["--feature-gates", "ElasticJobSte=true"], /did you mean ElasticJobSet/],
    ["a file that is no configuration", ["--config", kubeconfig], /is not a Configuration/],
    ["several namespaces", ["--namespace", "a,b"], /to watch several, start one operator for each/],
    ["a folder for outputs", ["--outputs", "/data"], /a cluster needs a bucket/],
    ["an address that is none", ["--metrics-bind-address", "here"], /expected HOST:PORT/],
  ])("refuses %s", async (_, flags, message) => {
    const { status, stderr } = await onCluster("operator", ...flags);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });

  it("refuses to work on a cluster that nobody named", async () => {
    const { status, stderr } = await windlass.run("operator");
    expect(stderr).toContain("pass --kubeconfig or --context");
    expect(status).toBe(2);
  });
});

it("every request says that it is windlass'", async () => {
  const agents: (string | undefined)[] = [];
  const server = createHttpServer((request, response) => {
    agents.push(request.headers["user-agent"]);
    const status = {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      reason: "Forbidden",
      message: "no",
      code: 403,
    };
    response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify(status));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const path = join(folder, "recorder");
  writeKubeconfig(path, { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, "token");
  const project = windlass.project(shellManifest("true"));
  const commands = [
    ["list"],
    ["get", "x"],
    ["cancel", "x"],
    ["logs", "x"],
    ["events", "x"],
    ["run", project],
    ["install", "--crds-only"],
  ];
  for (const command of commands) {
    const before = agents.length;
    expect((await windlass.run(...command, "--kubeconfig", path)).output).toContain("no");
    expect(agents.length, command.join(" ")).toBeGreaterThan(before);
  }
  const before = agents.length;
  const operator = windlass.start("operator", "--kubeconfig", path);
  await eventually(() => agents.length > before, "the operator asks");
  await stop(operator);
  server.close();
  for (const agent of agents) expect(agent).toMatch(/^windlass\/\d/);
});
