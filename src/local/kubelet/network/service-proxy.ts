/** Cluster IPs: the machine answers on them and passes TCP connections on to a ready endpoint, in turn. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { EndpointSlice as EndpointSliceKind, Service as ServiceKind } from "../../../api/core/kinds.ts";
import type { EndpointSlice, Service, ServicePort } from "../../../api/core/service.ts";
import { keyOf } from "../../../api/meta/object.ts";
import type { Cache } from "../../../runtime/cache.ts";
import { errorText, type Logger } from "../../../runtime/log.ts";
import type { Bridge } from "./bridge.ts";

export interface ServiceProxy {
  close(): Promise<void>;
}

interface Listening {
  readonly ip: string;
  readonly ports: string;
  readonly servers: readonly Server[];
}

const serviceLabel = "kubernetes.io/service-name";
const connectTimeoutMs = 5000;

/** `address:port` of every ready endpoint behind a port of a service. */
export function backends(
  slices: readonly EndpointSlice[],
  port: ServicePort,
): readonly { readonly host: string; readonly port: number }[] {
  return slices.flatMap((slice) => {
    const number = slice.ports?.find((p) => (p.name ?? "") === (port.name ?? ""))?.port;
    if (number === undefined) return [];
    return slice.endpoints
      .filter((e) => e.conditions?.ready !== false)
      .flatMap((e) => e.addresses.map((host) => ({ host, port: number })));
  });
}

const virtualIp = ({ spec }: Service) => (spec.clusterIP && spec.clusterIP !== "None" ? spec.clusterIP : undefined);
const tcpPorts = ({ spec }: Service) => (spec.ports ?? []).filter((port) => (port.protocol ?? "TCP") === "TCP");

export function startServiceProxy(cache: Cache, bridge: Bridge, log: Logger): ServiceProxy {
  const listening = new Map<string, Listening>();
  const sockets = new Set<Socket>();
  let turn = 0;
  let queue: Promise<void> = Promise.resolve();

  const serve = (service: Service, port: ServicePort) => (client: Socket) => {
    const { namespace, name = "" } = service.metadata;
    const slices = cache
      .storeOf(EndpointSliceKind)
      .list({ namespace, labels: { [serviceLabel]: name } }) as unknown as readonly EndpointSlice[];
    const choices = backends(slices, port);
    const choice = choices[turn++ % Math.max(1, choices.length)];
    if (!choice) return client.resetAndDestroy();
    const upstream = connect({ ...choice, timeout: connectTimeoutMs });
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
    upstream.once("connect", () => upstream.setTimeout(0));
    upstream.on("timeout", end);
    client.pipe(upstream).pipe(client);
  };

  const open = async (service: Service, ip: string): Promise<Listening> => {
    await bridge.addAddress(ip);
    const servers = await Promise.all(
      tcpPorts(service).map(
        (port) =>
          new Promise<Server>((resolve, reject) => {
            const server = createServer(serve(service, port));
            server.once("error", reject);
            server.listen(port.port, ip, () => resolve(server));
          }),
      ),
    );
    return { ip, ports: JSON.stringify(tcpPorts(service)), servers };
  };

  const shut = async (key: string): Promise<void> => {
    const found = listening.get(key);
    if (!found) return;
    listening.delete(key);
    for (const server of found.servers) server.close();
    await bridge.removeAddress(found.ip);
  };

  const sync = async (service: Service, gone: boolean): Promise<void> => {
    const key = keyOf(service);
    const ip = gone ? undefined : virtualIp(service);
    const now = listening.get(key);
    if (now && now.ip === ip && now.ports === JSON.stringify(tcpPorts(service))) return;
    await shut(key);
    if (ip) listening.set(key, await open(service, ip));
  };

  const changed = (service: Service, gone: boolean) => {
    queue = queue
      .then(() => sync(service, gone))
      .catch((error: unknown) => log.warn("service not served", { service: keyOf(service), error: errorText(error) }));
  };
  const store = cache.storeOf(ServiceKind);
  const stop = store.onChange((change, object) => changed(object as Service, change === "deleted"));
  for (const service of store.list()) changed(service as Service, false);

  return {
    async close() {
      stop();
      await queue;
      for (const key of Array.from(listening.keys())) await shut(key);
      for (const socket of sockets) socket.destroy();
    },
  };
}
