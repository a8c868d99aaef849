/**
 * The pods' network: a bridge on this machine, an address for each pod, and a way out where the machine can translate
 * addresses. Several local clusters take different bridges; one whose owner is dead is taken over and cleaned.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { ScriptQueue } from "./script-queue.ts";
import { ownSockets, type Sockets } from "./sockets.ts";
import type { NetworkSpace } from "./space.ts";

export interface PodAddress {
  readonly ip: string;
  release(): Promise<void>;
}

export interface Bridge extends Sockets {
  readonly name: string;
  /** The machine's own address on it: gateway and name server of every pod. */
  readonly gateway: string;
  /** The start of a command that runs where the bridge is; empty where that is this process's own network. */
  readonly enter: readonly string[];
  /** Why pods reach no address outside the machine; undefined when they do. */
  readonly noWayOut?: string;
  /** Gives the network namespace of `pid` an interface on the bridge. */
  attach(id: string, pid: number): Promise<PodAddress>;
  /** An address of the pods' network that no pod gets; `number` from 1 to 500. */
  spareAddress(number: number): string;
  /** Makes the machine answer on a further address (a Service's). */
  addAddress(ip: string): Promise<void>;
  removeAddress(ip: string): Promise<void>;
  close(): Promise<void>;
}

const folder = "/run/windlass";
/** Networks 10.88.0.0/16 to 10.95.0.0/16: one for each local cluster of this machine, below the Services' 10.97. */
const slots = 8;
const firstNetwork = 88;

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

function claim(file: string): void {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  writeFileSync(file, `${process.pid} ${ticks}\n`);
}

const toNumber = (ip: string) => ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

/** Whether one of the machine's IPv4 routes (the default route apart) leads to or into `10.<second>.0.0/16`. */
export function isRouted(second: number, routes: string, ownDevice: string): boolean {
  const [from, to] = [toNumber(`10.${second}.0.0`), toNumber(`10.${second}.255.255`)];
  return routes.split("\n").some((line) => {
    const [, ip, bits = "32"] = /^(?:\w+ )?(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?\s/.exec(line) ?? [];
    if (!ip || line.includes(` dev ${ownDevice} `)) return false;
    const size = 2 ** (32 - Number(bits));
    const start = Math.floor(toNumber(ip) / size) * size;
    return start <= to && start + size - 1 >= from;
  });
}

const slotFile = (slot: number) => `${folder}/bridge${slot}.pid`;

/** The first network that nothing in the space uses and whose owner is not alive; ours from now on. */
async function takeSlot(space: NetworkSpace): Promise<number> {
  if (space.isMachine) mkdirSync(folder, { recursive: true });
  const routes = await space.command("ip", "-4", "route", "show");
  for (let slot = 0; slot < slots; slot++) {
    if (isRouted(firstNetwork + slot, routes, `wl${slot}`)) continue;
    if (!space.isMachine) return slot;
    if (ownerIsAlive(slotFile(slot))) continue;
    claim(slotFile(slot));
    return slot;
  }
  const range = `10.${firstNetwork}.0.0/16 to 10.${firstNetwork + slots - 1}.0.0/16`;
  throw new Error(`no network is left for the pods: ${range} are all in use`);
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
      throw new Error("no free pod address is left");
    },
    giveBack: (number) => void used.delete(number),
  };
}

/** Why nothing leaves the bridge, if so. */
async function openOutbound(space: NetworkSpace, bridge: string, network: string): Promise<string | undefined> {
  if (space.noWayOut !== undefined) return space.noWayOut;
  return (await enableOutbound(space, bridge, network)) ? undefined : "neither nft nor iptables lets them out";
}

/** Makes the bridge; `space` is closed with it. Rejects where this process may not, or no network is free. */
export async function openBridge(space: NetworkSpace): Promise<Bridge> {
  const slot = await takeSlot(space).catch(async (error: unknown) => {
    await space.close();
    throw error;
  });
  const name = `wl${slot}`;
  const prefix = `10.${firstNetwork + slot}`;
  const network = `${prefix}.0.0/16`;
  const gateway = `${prefix}.0.1`;
  const pool = addressPool();
  const scripts = new ScriptQueue((script) => space.command("sh", "-c", script));
  const close = async () => {
    if (space.isMachine) {
      await space.succeeds("ip", "link", "del", name);
      await disableOutbound(space, name, network);
      rmSync(slotFile(slot), { force: true });
    }
    await space.close();
  };
  let noWayOut: string | undefined;
  try {
    // The bridge of a dead owner goes with its addresses.
    await space.succeeds("ip", "link", "del", name);
    await space.command(
      "sh",
      "-ec",
      `ip link add ${name} type bridge; ip addr add ${gateway}/16 dev ${name}; ip link set ${name} up`,
    );
    noWayOut = await openOutbound(space, name, network);
  } catch (error) {
    await close();
    throw error;
  }
  const isPods = (host: string) => host.startsWith(`${prefix}.`);
  return {
    name,
    gateway,
    enter: space.enter,
    ...(noWayOut !== undefined && { noWayOut }),
    listenTcp: space.listenTcp,
    bindUdp: space.bindUdp,
    dial: (host, port, timeoutMs) => (isPods(host) ? space : ownSockets).dial(host, port, timeoutMs),
    spareAddress: (number) => `${prefix}.${254 + (number >> 8)}.${number & 255}`,
    async attach(id, pid) {
      const number = pool.take();
      const ip = `${prefix}.${number >> 8}.${number & 255}`;
      const host = `${name}${id}`.slice(0, 15);
      const outside = [`link add ${host} type veth peer name eth0 netns ${pid}`, `link set ${host} master ${name} up`];
      const inside = [
        `addr add ${ip}/16 dev eth0`,
        "link set eth0 up",
        "link set lo up",
        `route add default via ${gateway}`,
      ];
      const batch = (commands: readonly string[]) => `ip -batch - <<'IP' || exit 1\n${commands.join("\n")}\nIP`;
      try {
        await scripts.run(`${batch(outside)}\nnsenter --target ${pid} --net ${batch(inside)}`);
      } catch (error) {
        pool.giveBack(number);
        throw error;
      }
      // The interface goes with the pod's namespace.
      return { ip, release: async () => pool.giveBack(number) };
    },
    addAddress: async (ip) => void (await space.command("ip", "addr", "replace", `${ip}/32`, "dev", name)),
    removeAddress: async (ip) => void (await space.succeeds("ip", "addr", "del", `${ip}/32`, "dev", name)),
    close,
  };
}
