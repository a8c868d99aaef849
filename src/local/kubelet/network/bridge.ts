/**
 * The pods' network: a bridge on this machine, an address for each pod, and a way out where the machine can translate
 * addresses. Several local clusters take different bridges; one whose owner is dead is taken over and cleaned.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { NetworkPart, Route } from "../runtime/helper.ts";
import { ownSockets, type Sockets } from "./sockets.ts";
import type { NetworkSpace } from "./space.ts";

export interface PodAddress {
  readonly ip: string;
  /** What the helper is told to make: a link from the pod's network to the bridge. It goes with the pod's network. */
  readonly link: {
    readonly address: string;
    readonly bits: number;
    readonly gateway: string;
    readonly interface: string;
    readonly bridge: string;
  };
  release(): void;
}

export interface Bridge extends Sockets {
  readonly name: string;
  /** The machine's own address on it: gateway and name server of every pod. */
  readonly gateway: string;
  /** Why pods reach no address outside the machine; undefined when they do. */
  readonly noWayOut?: string;
  /** For a pod whose short id is `id`. */
  takeAddress(id: string): PodAddress;
  /** An address of the pods' network that no pod gets; `number` from 1 to 500. */
  spareAddress(number: number): string;
  /** Makes the machine answer on a further address (a Service's). */
  addAddress(ip: string): Promise<void>;
  removeAddress(ip: string): Promise<void>;
  /** Makes these parts as they were made; answers what was not so. Rejects when that cannot be. */
  mend(parts: ReadonlySet<NetworkPart>): Promise<readonly string[]>;
  /** Calls `changed` after something about the network has changed, whoever did it. */
  onChange(changed: (what: NetworkPart) => void): void;
  close(): Promise<void>;
}

const folder = "/run/windlass";
/** Of a network's address; the rest is the pod's. */
const bits = 16;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_none, at) => from + at);
/** The second number of 10.N.0.0/16, one for each local cluster of this machine; 10.96 and 10.97 are for Services. */
const networks: readonly number[] = [...range(88, 95), ...range(64, 87), ...range(98, 127)];

function ownerIsAlive(file: string): boolean {
  if (!existsSync(file)) return false;
  const [pid = "", ticks = ""] = readFileSync(file, "utf8").trim().split(" ");
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] === ticks;
  } catch {
    return false;
  }
}

/** Whether the file is ours now: of several that try at once, one wins. */
function claim(file: string): boolean {
  if (ownerIsAlive(file)) return false;
  rmSync(file, { force: true });
  const stat = readFileSync("/proc/self/stat", "utf8");
  const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  try {
    writeFileSync(file, `${process.pid} ${ticks}\n`, { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

const toNumber = (ip: string) => ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

/** Whether one of the machine's IPv4 routes (the default route apart) leads to or into `10.<second>.0.0/16`. */
function isRouted(second: number, routes: readonly Route[], ownDevice: string): boolean {
  const [from, to] = [toNumber(`10.${second}.0.0`), toNumber(`10.${second}.255.255`)];
  return routes.some((route) => {
    if (route.bits === 0 || route.device === ownDevice) return false;
    const size = 2 ** (32 - route.bits);
    const start = Math.floor(toNumber(route.to) / size) * size;
    return start <= to && start + size - 1 >= from;
  });
}

const slotFile = (slot: number) => `${folder}/bridge${slot}.pid`;

/** The first network that nothing in the space uses and whose owner is not alive; ours from now on. */
async function takeSlot(space: NetworkSpace): Promise<number> {
  if (space.isMachine) mkdirSync(folder, { recursive: true });
  const routes = await space.helper.ask<readonly Route[]>("routes");
  for (const [slot, second] of networks.entries()) {
    if (isRouted(second, routes, `wl${slot}`)) continue;
    if (!space.isMachine || claim(slotFile(slot))) return slot;
  }
  throw new Error(
    `no free network for the pods: other local clusters of root or this machine's routes use all ${networks.length} between 10.64.0.0/16 and 10.127.0.0/16 (\`ip route\` shows them; \`windlass down\` stops a cluster)`,
  );
}

/** A firewall that forwards nothing by default (Docker's does) is told to let the pods through. */
const letThrough = (bridge: string, verb: "-I" | "-D") =>
  ["-i", "-o"].map((side) => `iptables ${verb} FORWARD ${side} ${bridge} -j ACCEPT 2>/dev/null`).join("; ");

/** Translates addresses of what leaves the machine, with nft or iptables, whichever is there. */
async function enableOutbound(space: NetworkSpace, bridge: string, network: string): Promise<boolean> {
  const shell = (script: string) => space.succeeds("sh", "-c", script);
  if (!(await shell("echo 1 >/proc/sys/net/ipv4/ip_forward"))) return false;
  await shell(`${letThrough(bridge, "-D")}; ${letThrough(bridge, "-I")}`);
  const rules = `table ip ${bridge} { chain postrouting { type nat hook postrouting priority srcnat; ip saddr ${network} oifname != "${bridge}" masquerade; }; }`;
  if (await shell(`nft delete table ip ${bridge} 2>/dev/null; nft '${rules}'`)) return true;
  const rule = `POSTROUTING -s ${network} ! -o ${bridge} -j MASQUERADE`;
  return shell(`iptables -t nat -C ${rule} 2>/dev/null || iptables -t nat -A ${rule}`);
}

/** Whether what `enableOutbound` made is there. */
const letsOut = (space: NetworkSpace, bridge: string, network: string): Promise<boolean> =>
  space.succeeds(
    "sh",
    "-c",
    `nft list table ip ${bridge} | grep -q masquerade || iptables -t nat -C POSTROUTING -s ${network} ! -o ${bridge} -j MASQUERADE`,
  );

async function disableOutbound(space: NetworkSpace, bridge: string, network: string): Promise<void> {
  const shell = (script: string) => space.succeeds("sh", "-c", script);
  await shell(`${letThrough(bridge, "-D")}; nft delete table ip ${bridge}`);
  await shell(`iptables -t nat -D POSTROUTING -s ${network} ! -o ${bridge} -j MASQUERADE`);
}

/** Gives out the numbers of pods within the network, each once until it is given back. */
function addressPool(): { take(): number; giveBack(number: number): void } {
  const used = new Set<number>();
  // The last 512 are left for Services that cannot have their own address.
  const end = 254 * 256;
  let last = 1;
  return {
    take() {
      for (let tries = 0; tries < end; tries++) {
        last = last + 1 >= end ? 2 : last + 1;
        if ((last & 255) === 0 || (last & 255) === 255 || used.has(last)) continue;
        used.add(last);
        return last;
      }
      throw new Error("no free pod address left");
    },
    giveBack: (number) => void used.delete(number),
  };
}

/** Why nothing leaves the bridge, if so. */
async function openOutbound(space: NetworkSpace, bridge: string, network: string): Promise<string | undefined> {
  if (space.noWayOut !== undefined) return space.noWayOut;
  return (await enableOutbound(space, bridge, network))
    ? undefined
    : "neither nft nor iptables can set up masquerading";
}

/** What is set up on the bridge, so that it can be mended and given back. */
interface Setup {
  readonly space: NetworkSpace;
  readonly name: string;
  /** The first two numbers of its addresses. */
  readonly prefix: string;
  readonly network: string;
  readonly gateway: string;
  readonly services: Set<string>;
  readonly pods: Map<string, PodAddress["link"]>;
}

async function closeBridge({ space, name, network }: Setup, slot: number): Promise<void> {
  if (space.isMachine) {
    await space.helper.ask("remove_link", { name }).catch(() => {});
    await disableOutbound(space, name, network);
    rmSync(slotFile(slot), { force: true });
  }
  await space.close();
}

/** Puts back what somebody took away; answers what that was. */
async function mendBridge(setup: Setup, parts: Parameters<Bridge["mend"]>[0], hasWayOut: boolean) {
  const { space, name, network, gateway, services, pods } = setup;
  const addresses = [[gateway, bits], ...[...services].map((ip) => [ip, 32])];
  const links = [...pods].map(([sandbox, link]) => ({ sandbox, ...link }));
  const mended = parts.has("links")
    ? await space.helper.ask<readonly string[]>("mend", { name, addresses, pods: links })
    : [];
  const isOut = !parts.has("firewall") || !hasWayOut || (await letsOut(space, name, network));
  if (isOut) return mended;
  if (!(await enableOutbound(space, name, network)))
    throw new Error("cannot add the firewall rules that let pods reach other machines");
  return [...mended, "the firewall rules that let pods reach other machines were missing"];
}

/** Addresses for pods, each with the link that it is reached by. */
function podAddresses({ name, prefix, gateway, pods }: Setup): Bridge["takeAddress"] {
  const pool = addressPool();
  return (id) => {
    const number = pool.take();
    const ip = `${prefix}.${number >> 8}.${number & 255}`;
    const link = { address: ip, bits, gateway, interface: `${name}${id}`.slice(0, 15), bridge: name };
    pods.set(id, link);
    const release = () => {
      pods.delete(id);
      pool.giveBack(number);
    };
    return { ip, link, release };
  };
}

const serviceAddresses = ({ space, name, services }: Setup): Pick<Bridge, "addAddress" | "removeAddress"> => ({
  async addAddress(ip) {
    await space.helper.ask("add_address", { name, ip });
    services.add(ip);
  },
  async removeAddress(ip) {
    services.delete(ip);
    await space.helper.ask("remove_address", { name, ip }).catch(() => {});
  },
});

/** Makes the bridge; `space` is closed with it. Rejects where this process may not, or no network is free. */
export async function openBridge(space: NetworkSpace): Promise<Bridge> {
  const slot = await takeSlot(space).catch(async (error: unknown) => {
    await space.close();
    throw error;
  });
  const name = `wl${slot}`;
  const prefix = `10.${networks[slot]}`;
  const gateway = `${prefix}.0.1`;
  const network = `${prefix}.0.0/16`;
  const setup: Setup = { space, name, prefix, gateway, network, services: new Set(), pods: new Map() };
  const close = () => closeBridge(setup, slot);
  let noWayOut: string | undefined;
  try {
    await space.helper.ask("add_bridge", { name, ip: gateway, bits });
    noWayOut = await openOutbound(space, name, network);
  } catch (error) {
    await close();
    throw error;
  }
  const isPods = (host: string) => host.startsWith(`${prefix}.`);
  return {
    name,
    gateway,
    ...(noWayOut !== undefined && { noWayOut }),
    listenTcp: space.listenTcp,
    bindUdp: space.bindUdp,
    dial: (host, port, timeoutMs) => (isPods(host) ? space : ownSockets).dial(host, port, timeoutMs),
    spareAddress: (number) => `${prefix}.${254 + (number >> 8)}.${number & 255}`,
    takeAddress: podAddresses(setup),
    ...serviceAddresses(setup),
    mend: (parts) => mendBridge(setup, parts, noWayOut === undefined),
    onChange: (changed) => space.helper.onNetwork(changed),
    close,
  };
}
