/** What the pods' name server answers, over UDP and TCP: Services with and without an address, pods, addresses, aliases. */
import { once } from "node:events";
import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";
import {
  type Answer,
  decode,
  encode,
  type Packet,
  type Question,
  RECURSION_DESIRED,
  streamDecode,
  streamEncode,
} from "dns-packet";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EndpointSlice, Service, ServiceSpec } from "../../../api/core/service.ts";
import { silentLogger } from "../../../runtime/log.ts";
import { type DnsServer, startDns } from "./dns.ts";
import type { NameSources } from "./resolve.ts";
import { ownSockets, type Sockets } from "./sockets.ts";

const service = (name: string, spec: ServiceSpec, namespace = "ns"): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec,
});
const ports = [
  { name: "http", port: 80 },
  { name: "rpc", port: 90 },
  { name: "rpc", port: 91, protocol: "UDP" as const },
];
const slice = (
  endpoints: EndpointSlice["endpoints"],
  more: Partial<EndpointSlice> = { ports: [{ name: "http", port: 8080 }] },
): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: {},
  addressType: "IPv4",
  endpoints,
  ...more,
});
const none = { clusterIP: "None" } as const;
const external = (externalName: string): ServiceSpec => ({ type: "ExternalName", externalName });

const services: readonly Service[] = [
  service("web", { clusterIP: "10.97.0.5", ports }),
  service("web", { clusterIP: "10.97.0.6" }, "other"),
  service("workers", { ...none, ports: [{ name: "http", port: 80 }] }),
  service("idle", none),
  service("many", none),
  service("short", external("web.ns.svc.cluster.local")),
  service("far", external("short.ns.svc.cluster.local")),
  service("circle", external("circle.ns.svc.cluster.local")),
];
const slices: Readonly<Record<string, readonly EndpointSlice[]>> = {
  "ns/web": [slice([{ addresses: ["10.88.0.2"] }])],
  "ns/workers": [
    slice([
      { addresses: ["10.88.0.10"], hostname: "worker-0", conditions: { ready: true } },
      { addresses: ["10.88.0.11"], hostname: "worker-1" },
      { addresses: ["10.88.0.12"], hostname: "worker-2", conditions: { ready: false } },
    ]),
    slice([{ addresses: ["10.88.0.13"] }]),
  ],
  "ns/many": [slice(Array.from({ length: 120 }, (_, at) => ({ addresses: [`10.88.1.${at}`] })))],
};
const sources: NameSources = {
  service: (namespace, name) => services.find(({ metadata: m }) => m.namespace === namespace && m.name === name),
  services: () => services,
  slices: (namespace, name) => slices[`${namespace}/${name}`] ?? [],
  addressOf: ({ spec }) => spec.clusterIP,
};

let server: DnsServer;
let udpPort = 0;
let tcpPort = 0;
beforeAll(async () => {
  // Its own port belongs to the machine's resolver, or to root.
  const sockets: Sockets = {
    ...ownSockets,
    bindUdp: async (ip) => {
      const socket = await ownSockets.bindUdp(ip, 0);
      udpPort = socket.address().port;
      return socket;
    },
    listenTcp: async (ip) => {
      const listener = await ownSockets.listenTcp(ip, 0);
      tcpPort = (listener.address() as AddressInfo).port;
      return listener;
    },
  };
  server = await startDns(sockets, "127.0.0.1", sources, silentLogger);
});
afterAll(() => server.close());

const query = (type: Question["type"], name: string): Packet => ({
  type: "query",
  id: 7,
  flags: RECURSION_DESIRED,
  questions: [{ type, name }],
});

type Reply = ReturnType<typeof decode> & {
  readonly rcode?: string;
  readonly flag_tc?: boolean;
  readonly flag_aa?: boolean;
};

async function overUdp(packet: Packet): Promise<Reply> {
  const socket = createSocket("udp4");
  try {
    const reply = once(socket, "message");
    socket.send(encode(packet), udpPort, "127.0.0.1");
    const [message] = (await reply) as [Buffer];
    return decode(message);
  } finally {
    socket.close();
  }
}

/** Byte by byte, as a slow network would bring it. */
async function overTcp(packet: Packet): Promise<Reply> {
  const socket = await ownSockets.dial("127.0.0.1", tcpPort);
  for (const byte of streamEncode(packet)) socket.write(Buffer.of(byte));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return streamDecode(Buffer.concat(chunks)) as Reply;
}

/** `type data`; of an SRV record its port and target. */
function word({ type, ...record }: Answer): string {
  const { data } = record as { readonly data: unknown };
  if (type !== "SRV") return `${type} ${String(data)}`;
  const { port, target } = data as { readonly port: number; readonly target: string };
  return `SRV ${port} ${target}`;
}

const cluster = "svc.cluster.local";
const workers = ["A 10.88.0.10", "A 10.88.0.11", "A 10.88.0.13"];
const missing = "NXDOMAIN";

const rows: Readonly<
  Record<string, readonly [type: Question["type"], name: string, wanted: readonly string[] | string]>
> = {
  "a Service has its cluster IP": ["A", `web.ns.${cluster}`, ["A 10.97.0.5"]],
  "a Service of another namespace has its own": ["A", `web.other.${cluster}`, ["A 10.97.0.6"]],
  "letters may be large": ["A", `WEB.ns.SVC.cluster.Local`, ["A 10.97.0.5"]],
  "a Service has no IPv6 address, but is there": ["AAAA", `web.ns.${cluster}`, []],
  "a Service that is not there": ["A", `nobody.ns.${cluster}`, missing],
  "a Service in a namespace that is not there": ["A", `web.nowhere.${cluster}`, missing],
  "the search path's second try, with a domain too many": ["A", `web.ns.ns.${cluster}`, missing],
  "a name without a domain, which the search path has to complete": ["A", "web", missing],
  "a headless Service has the addresses of its ready pods": ["A", `workers.ns.${cluster}`, workers],
  "a headless Service without pods is there, and has none": ["A", `idle.ns.${cluster}`, []],
  "a pod by its host name": ["A", `worker-1.workers.ns.${cluster}`, ["A 10.88.0.11"]],
  "a pod without a host name by its address": ["A", `10-88-0-13.workers.ns.${cluster}`, ["A 10.88.0.13"]],
  "a pod that is not ready": ["A", `worker-2.workers.ns.${cluster}`, missing],
  "a pod that is not there": ["A", `worker-9.workers.ns.${cluster}`, missing],
  "a pod's address as a name": ["A", "10-88-0-3.ns.pod.cluster.local", ["A 10.88.0.3"]],
  "a pod's name is no address": ["A", "worker.ns.pod.cluster.local", missing],
  "too many labels": ["A", `a.b.c.web.ns.${cluster}`, missing],
  "all ports of a Service": [
    "SRV",
    `web.ns.${cluster}`,
    ["SRV 80", "SRV 90", "SRV 91"].map((p) => `${p} web.ns.${cluster}`),
  ],
  "a port by its name": ["SRV", `_http._tcp.web.ns.${cluster}`, [`SRV 80 web.ns.${cluster}`]],
  "a port by its name and protocol": ["SRV", `_rpc._udp.web.ns.${cluster}`, [`SRV 91 web.ns.${cluster}`]],
  "a port of another protocol": ["SRV", `_http._udp.web.ns.${cluster}`, missing],
  "a port that is not there": ["SRV", `_ftp._tcp.web.ns.${cluster}`, missing],
  "a port of a headless Service: one of each pod": [
    "SRV",
    `_http._tcp.workers.ns.${cluster}`,
    ["worker-0", "worker-1", "10-88-0-13"].map((host) => `SRV 8080 ${host}.workers.ns.${cluster}`),
  ],
  "the name of a Service's address": ["PTR", "5.0.97.10.in-addr.arpa", [`PTR web.ns.${cluster}`]],
  "the name of a pod with a host name": ["PTR", "11.0.88.10.in-addr.arpa", [`PTR worker-1.workers.ns.${cluster}`]],
  "a pod that has no host name has no name": ["PTR", "13.0.88.10.in-addr.arpa", missing],
  "a pod that is not ready has no name": ["PTR", "12.0.88.10.in-addr.arpa", missing],
  "an address of nobody": ["PTR", "9.9.9.10.in-addr.arpa", missing],
  "an address has a name, and no other record": ["A", "5.0.97.10.in-addr.arpa", []],
  "an alias of a Service": ["A", `short.ns.${cluster}`, [`CNAME web.ns.${cluster}`, "A 10.97.0.5"]],
  "an alias of an alias": [
    "A",
    `far.ns.${cluster}`,
    [`CNAME short.ns.${cluster}`, `CNAME web.ns.${cluster}`, "A 10.97.0.5"],
  ],
};

for (const [protocol, ask] of Object.entries({ UDP: overUdp, TCP: overTcp })) {
  test.each(Object.entries(rows))(`over ${protocol}: %s`, async (_, [type, name, wanted]) => {
    const reply = await ask(query(type, name));
    expect([reply.id, reply.flag_aa, reply.questions]).toMatchObject([7, true, [{ type, name }]]);
    const answers = (reply.answers ?? []).map(word);
    expect(reply.rcode === "NOERROR" ? answers : reply.rcode).toEqual(wanted);
  });
}

test("an SRV answer brings the addresses of its targets", async () => {
  const { additionals = [] } = await overUdp(query("SRV", `_http._tcp.workers.ns.${cluster}`));
  expect(additionals.map(word)).toEqual(workers);
});

test("a circle of aliases ends", async () => {
  const { answers = [] } = await overUdp(query("A", `circle.ns.${cluster}`));
  expect(new Set(answers.map(word))).toEqual(new Set([`CNAME circle.ns.${cluster}`]));
});

test("what does not fit a datagram says so, and comes over TCP", async () => {
  const question = query("A", `many.ns.${cluster}`);
  const short = await overUdp(question);
  expect([short.flag_tc, short.answers]).toEqual([true, []]);
  expect((await overTcp(question)).answers).toHaveLength(120);
});

test("what is no query is not answered, and the next one is", async () => {
  const socket = createSocket("udp4");
  socket.send("?", udpPort, "127.0.0.1");
  expect((await overUdp(query("A", `web.ns.${cluster}`))).answers?.map(word)).toEqual(["A 10.97.0.5"]);
  socket.close();
});
