/** Cluster IPs: the machine answers on them and passes TCP connections on to a ready endpoint, in turn. */
import type { Server, Socket } from "node:net";
import { EndpointSlice as EndpointSliceKind, Service as ServiceKind } from "../../../api/core/kinds.ts";
import type { EndpointSlice, Service, ServicePort } from "../../../api/core/service.ts";
import { keyOf } from "../../../meta/object.ts";
import type { Cache } from "../../../runtime/cache.ts";
import { errorText, type Logger } from "../../../runtime/log.ts";
import type { Bridge } from "./bridge.ts";

export interface ServiceProxy {
  /** Where a Service that has a cluster IP is answered: that IP, or a stand-in while another cluster has it. */
  addressOf(service: Service): string | undefined;
  /** Resolves when every Service known so far is answered. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Listening {
  /** The cluster IP it stands for. */
  readonly wanted: string;
  readonly ip: string;
  readonly ports: string;
  readonly servers: readonly Server[];
}

const serviceLabel = "kubernetes.io/service-name";
const standIns = 500;

/** `address:port` of every ready endpoint behind a port of a service. */
function backends(
  slices: readonly EndpointSlice[],
  port: ServicePort,
): readonly { readonly host: string; readonly port: number }[] {
  return slices.flatMap((slice) => {
    const number = slice.ports?.find((p) => (p.name ?? "") === (port.name ?? ""))?.port;
    if (number === undefined) return [];
    const ready = slice.endpoints.filter((endpoint) => endpoint.conditions?.ready !== false);
    return ready.flatMap(({ addresses }) => addresses.map((host) => ({ host, port: number })));
  });
}

const virtualIp = ({ spec }: Service) => (spec.clusterIP && spec.clusterIP !== "None" ? spec.clusterIP : undefined);
const tcpPorts = ({ spec }: Service) => (spec.ports ?? []).filter((port) => (port.protocol ?? "TCP") === "TCP");

/** Joins two sockets until either ends. */
function join(client: Socket, upstream: Socket, sockets: Set<Socket>): void {
  const end = () => {
    client.destroy();
    upstream.destroy();
    sockets.delete(client);
    sockets.delete(upstream);
  };
  for (const socket of [client, upstream]) {
    sockets.add(socket);
    socket.on("error", end);
    socket.on("close", end);
  }
  if (client.destroyed) return end();
  client.pipe(upstream).pipe(client);
}

class Proxy implements ServiceProxy {
  readonly #cache: Cache;
  readonly #bridge: Bridge;
  readonly #log: Logger;
  readonly #listening = new Map<string, Listening>();
  readonly #sockets = new Set<Socket>();
  readonly #stop: () => void;
  #turn = 0;
  #standIn = 0;
  #queue: Promise<void> = Promise.resolve();

  constructor(cache: Cache, bridge: Bridge, log: Logger) {
    this.#cache = cache;
    this.#bridge = bridge;
    this.#log = log;
    const store = cache.storeOf(ServiceKind);
    this.#stop = store.onChange((change, object) => this.#changed(object as Service, change === "deleted"));
    for (const service of store.list()) this.#changed(service as Service, false);
  }

  addressOf(service: Service): string | undefined {
    const found = this.#listening.get(keyOf(service));
    const wanted = virtualIp(service);
    return found && found.wanted === wanted ? found.ip : wanted;
  }

  settled(): Promise<void> {
    return this.#queue;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#queue;
    for (const key of Array.from(this.#listening.keys())) await this.#shut(key);
    for (const socket of this.#sockets) socket.destroy();
  }

  /** One after the other: an address taken away and given again must not overtake itself. */
  #changed(service: Service, gone: boolean): void {
    this.#queue = this.#queue
      .then(() => this.#sync(service, gone))
      .catch((error: unknown) =>
        this.#log.warn("service not served", { service: keyOf(service), error: errorText(error) }),
      );
  }

  async #sync(service: Service, gone: boolean): Promise<void> {
    const key = keyOf(service);
    const wanted = gone ? undefined : virtualIp(service);
    const now = this.#listening.get(key);
    if (now && now.wanted === wanted && now.ports === JSON.stringify(tcpPorts(service))) return;
    await this.#shut(key);
    if (wanted) this.#listening.set(key, await this.#open(service, wanted));
  }

  async #open(service: Service, wanted: string): Promise<Listening> {
    const ports = JSON.stringify(tcpPorts(service));
    const servers = await this.#listenOn(service, wanted).catch((error: NodeJS.ErrnoException) => error);
    if (Array.isArray(servers)) return { wanted, ip: wanted, ports, servers };
    if ((servers as NodeJS.ErrnoException).code !== "EADDRINUSE") throw servers;
    // Another local cluster of this machine answers on that address and port.
    this.#standIn = (this.#standIn % standIns) + 1;
    const ip = this.#bridge.spareAddress(this.#standIn);
    return { wanted, ip, ports, servers: await this.#listenOn(service, ip) };
  }

  async #listenOn(service: Service, ip: string): Promise<readonly Server[]> {
    await this.#bridge.addAddress(ip);
    const all = await Promise.allSettled(
      tcpPorts(service).map(async (port) => {
        const server = await this.#bridge.listenTcp(ip, port.port);
        return server.on("connection", (client) => void this.#serve(service, port, client));
      }),
    );
    const servers = all.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const failure = all.find((result) => result.status === "rejected");
    if (!failure) return servers;
    for (const server of servers) server.close();
    await this.#bridge.removeAddress(ip);
    throw failure.reason;
  }

  async #serve(service: Service, port: ServicePort, client: Socket): Promise<void> {
    const { namespace, name = "" } = service.metadata;
    const filter = { namespace, labels: { [serviceLabel]: name } };
    const slices = this.#cache.storeOf(EndpointSliceKind).list(filter) as readonly unknown[];
    const choices = backends(slices as readonly EndpointSlice[], port);
    const choice = choices[this.#turn++ % Math.max(1, choices.length)];
    if (!choice) return void client.resetAndDestroy();
    client.setNoDelay(true).on("error", () => client.destroy());
    try {
      join(client, await this.#bridge.dial(choice.host, choice.port), this.#sockets);
    } catch {
      client.resetAndDestroy();
    }
  }

  async #shut(key: string): Promise<void> {
    const found = this.#listening.get(key);
    if (!found) return;
    this.#listening.delete(key);
    for (const server of found.servers) server.close();
    await this.#bridge.removeAddress(found.ip);
  }
}

export function startServiceProxy(cache: Cache, bridge: Bridge, log: Logger): ServiceProxy {
  return new Proxy(cache, bridge, log);
}
