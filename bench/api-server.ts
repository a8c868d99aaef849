/** The embedded API server alone, in process, with its journal on the disk: creates, gets, lists, and watchers. */
import { mkdtempSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigMap, Pod } from "../src/api/core/kinds.ts";
import { createClient } from "../src/kube/create-client.ts";
import { createApiServer } from "../src/local/apiserver/server.ts";
import { openJournal, Store } from "../src/local/store/index.ts";
import type { Figure } from "./figure.ts";

const creates = 6000;
const gets = 50_000;
const pods = 10_000;
const watchers = 100;
const inFlight = 100;

const configMap = (index: number) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: `c${index}`, namespace: "default" },
  data: { key: "value" },
});
const pod = (index: number) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: `p${index}`, namespace: "default" },
  spec: { containers: [{ name: "c", image: "i" }] },
});

async function inBatches(count: number, one: (index: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let index = 0; index < count; index += inFlight) {
    await Promise.all(Array.from({ length: Math.min(inFlight, count - index) }, (_, at) => one(index + at)));
  }
  return (performance.now() - started) / 1000;
}

interface Measured {
  readonly perSecond: { readonly creates: number; readonly gets: number };
  readonly seen: number;
  readonly listMs: number;
  readonly jsonMs: number;
}

function figures({ perSecond, seen, listMs, jsonMs }: Measured): readonly Figure[] {
  return [
    {
      name: `creates on the disk, ${watchers} watchers`,
      value: perSecond.creates,
      unit: "/s",
      goal: "≥ 3,000/s",
      reached: perSecond.creates >= 3000,
    },
    { name: "gets", value: perSecond.gets, unit: "/s", goal: "≥ 10,000/s", reached: perSecond.gets >= 10_000 },
    {
      name: `events that reached all ${watchers} watchers`,
      value: seen / watchers,
      unit: "each",
      goal: `${creates} each`,
      reached: seen === creates * watchers,
    },
    {
      name: `list of ${pods} pods, as JSON`,
      value: listMs + jsonMs,
      unit: "ms",
      goal: "< 150 ms",
      reached: listMs + jsonMs < 150,
    },
  ];
}

export async function apiServer(): Promise<readonly Figure[]> {
  const folder = mkdtempSync("/var/tmp/windlass-bench-");
  const server = createApiServer({ store: new Store(openJournal(folder)) });
  const client = createClient(server.transport);
  const stop = new AbortController();
  let seen = 0;
  const watching = Array.from({ length: watchers }, async () => {
    for await (const event of client.watch(ConfigMap, { namespace: "default", signal: stop.signal }))
      if (event.type === "ADDED") seen++;
  });
  try {
    const createSeconds = await inBatches(creates, (index) => client.create(ConfigMap, configMap(index)));
    const waitStarted = performance.now();
    while (seen < creates * watchers && performance.now() - waitStarted < 30_000) await sleep(5);
    const getSeconds = await inBatches(gets, (index) =>
      client.get({ kind: ConfigMap, namespace: "default", name: `c${index % creates}` }),
    );
    await inBatches(pods, (index) => client.create(Pod, pod(index)));
    const listStarted = performance.now();
    const list = await client.list(Pod);
    const listMs = performance.now() - listStarted;
    const jsonStarted = performance.now();
    JSON.stringify(list);
    const jsonMs = performance.now() - jsonStarted;
    return figures({ perSecond: { creates: creates / createSeconds, gets: gets / getSeconds }, seen, listMs, jsonMs });
  } finally {
    stop.abort();
    await Promise.allSettled(watching);
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
