/**
 * What the rules (CEL) of the definitions cost the API server: CPU for each create and each status patch, next to the same
 * definitions without rules. WINDLASS_REAL_KUBECONFIG names a cluster, best one without nodes. Copies of the definitions
 * in groups of their own are installed side by side and measured in turn, five rounds.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CustomResourceDefinition } from "../src/api/core/kinds.ts";
import type { Kind, KubeObject } from "../src/meta/object.ts";
import { type Client, pathOf } from "../src/kube/client.ts";
import { checked, createClient } from "../src/kube/create-client.ts";
import { createHttpsTransport } from "../src/kube/https-transport.ts";
import { loadKubeconfig } from "../src/kube/kubeconfig.ts";
import type { ApiRequest } from "../src/kube/transport.ts";
import { eventually } from "../src/testing/eventually.ts";
import { root } from "../test/e2e/windlass.ts";
import { rayClusterSample, jobSetSample, type Sample } from "./cluster/definition-samples.ts";
import type { Figure } from "./figure.ts";
import { median } from "./median.ts";

const [objects, inFlight, rounds] = [200, 20, 5];

interface Definition extends KubeObject {
  readonly spec: {
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly storage: boolean }[];
  };
}

const read = (name: string) =>
  JSON.parse(readFileSync(join(root, "config", "crd", `${name}.json`), "utf8")) as Definition;
const withoutRules = (definition: Definition): Definition =>
  JSON.parse(
    JSON.stringify(definition, (key, value: unknown) => (key === "x-kubernetes-validations" ? undefined : value)),
  ) as Definition;

/** Resolves with the kind when it is served. */
async function install(client: Client, { spec, ...definition }: Definition, group: string): Promise<Kind> {
  const { kind, plural: resource } = spec.names;
  const copy = {
    ...definition,
    metadata: { name: `${resource}.${group}` },
    spec: { ...spec, group, names: { ...spec.names, categories: [] } },
  };
  await client.create(CustomResourceDefinition, copy);
  const version = spec.versions.find(({ storage }) => storage)?.name ?? "";
  const installed: Kind = { group, version, kind, resource, namespaced: true };
  await eventually(
    () =>
      client.list(installed, { namespace: "default" }).then(
        () => true,
        () => false,
      ),
    "it is served",
  );
  return installed;
}

/** So far. */
async function cpuSeconds({ transport }: Client): Promise<number> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of transport.stream({ method: "GET", path: "/metrics", accept: "text/plain" }))
    chunks.push(chunk);
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(Buffer.concat(chunks).toString())?.[1]);
}

/** Milliseconds of the API server's CPU for each of `objects` calls. */
async function cpuMs(client: Client, request: (at: number) => ApiRequest): Promise<number> {
  const before = await cpuSeconds(client);
  for (let from = 0; from < objects; from += inFlight) {
    const batch = Array.from({ length: inFlight }, async (_, at) => {
      const sent = request(from + at);
      checked(sent, await client.transport.request(sent));
    });
    await Promise.all(batch);
  }
  return (((await cpuSeconds(client)) - before) * 1000) / objects;
}

async function round(client: Client, kind: Kind, { spec, status }: Sample): Promise<readonly [number, number]> {
  const path = pathOf(kind, "default");
  const apiVersion = `${kind.group}/${kind.version}`;
  const body = (at: number) => ({ apiVersion, kind: kind.kind, metadata: { name: `o-${at}` }, spec });
  const created = await cpuMs(client, (at) => ({ method: "POST", path, body: body(at) }));
  const contentType = "application/merge-patch+json";
  const patched = await cpuMs(client, (at) => ({
    method: "PATCH",
    path: pathOf(kind, "default", `o-${at}`, "status"),
    contentType,
    body: { status: status(at + 1) },
  }));
  await client.transport.request({ method: "DELETE", path });
  return [created, patched];
}

async function measure(client: Client, name: string, sample: Sample): Promise<readonly Figure[]> {
  const mark = Math.random().toString(36).slice(2, 8);
  const definition = read(name);
  const kinds = [
    await install(client, definition, `${mark}-a.windlass.dev`),
    await install(client, withoutRules(definition), `${mark}-b.windlass.dev`),
  ];
  const runs: (readonly [number, number])[][] = [[], []];
  for (let at = 0; at < rounds; at++)
    for (const [which, kind] of kinds.entries()) runs[which]?.push(await round(client, kind, sample));
  for (const { resource, group } of kinds)
    await client.delete({ kind: CustomResourceDefinition, name: `${resource}.${group}` });
  const figures = (["create", "status patch"] as const).map((verb, column): Figure => {
    const [own = 0, bare = 0] = runs.map((list) => median(list.map((run) => run[column] ?? 0)));
    const each = runs.map((list) => list.map((run) => (run[column] ?? 0).toFixed(1)).join(" ")).join(" | ");
    const ratio = own / bare;
    const goal = verb === "create" ? "≤ 1.2" : "";
    return {
      name: `${definition.spec.names.kind}: CPU of a ${verb}, to one without rules (ms: ${each})`,
      value: ratio,
      unit: "×",
      goal,
      reached: goal === "" || ratio <= 1.2,
    };
  });
  return figures;
}

export async function definitionsBench(): Promise<readonly Figure[]> {
  const kubeconfig = process.env["WINDLASS_REAL_KUBECONFIG"];
  if (!kubeconfig) throw new Error("set WINDLASS_REAL_KUBECONFIG to the kubeconfig of a cluster");
  const config = await loadKubeconfig({ path: kubeconfig });
  const client = createClient(createHttpsTransport({ ...config.transport, userAgent: "windlass/bench" }));
  try {
    return [
      ...(await measure(client, "jobsets.jobset.x-k8s.io", jobSetSample)),
      ...(await measure(client, "rayclusters.ray.io", rayClusterSample)),
    ];
  } finally {
    await client.transport.close?.();
  }
}
