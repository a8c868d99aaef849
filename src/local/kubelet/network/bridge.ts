/**
 * The pods' network: a bridge on this machine, an address for each pod, and a way out where the machine can translate
 * addresses. Several local clusters take different bridges; one whose owner is dead is taken over and cleaned.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { command, succeeds } from "../runtime/processes.ts";

export interface PodAddress {
  readonly ip: string;
  release(): Promise<void>;
}

export interface Bridge {
  readonly name: string;
  /** The machine's own address on it: gateway and name server of every pod. */
  readonly gateway: string;
  /** Whether pods reach addresses outside the machine. */
  readonly outbound: boolean;
  /** Gives the network namespace of `pid` an interface on the bridge. */
  connect(id: string, pid: number): Promise<PodAddress>;
  /** Makes the machine answer on a further address (a Service's). */
  addAddress(ip: string): Promise<void>;
  removeAddress(ip: string): Promise<void>;
  close(): Promise<void>;
}

const folder = "/run/windlass";
const slots = 16;
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

/** The first slot whose owner is not alive; ours from now on. */
function takeSlot(): number {
  mkdirSync(folder, { recursive: true });
  for (let slot = 0; slot < slots; slot++) {
    const file = `${folder}/bridge${slot}.pid`;
    if (ownerIsAlive(file)) continue;
    claim(file);
    return slot;
  }
  throw new Error(`${slots} local clusters run already: no network is left for another`);
}

/** Translates addresses of what leaves the machine, with nft or iptables, whichever is there. */
async function enableOutbound(bridge: string, network: string): Promise<boolean> {
  if (!(await succeeds("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"))) return false;
  const rules = `table ip ${bridge} { chain postrouting { type nat hook postrouting priority srcnat; ip saddr ${network} oifname != "${bridge}" masquerade; } }`;
  if (await succeeds("sh", "-c", `nft delete table ip ${bridge} 2>/dev/null; nft '${rules}'`)) return true;
  const rule = `POSTROUTING -s ${network} ! -o ${bridge} -j MASQUERADE`;
  return succeeds("sh", "-c", `iptables -t nat -C ${rule} 2>/dev/null || iptables -t nat -A ${rule}`);
}

export async function openBridge(): Promise<Bridge> {
  const slot = takeSlot();
  const name = `wl${slot}`;
  const prefix = `10.${firstNetwork + slot}`;
  const gateway = `${prefix}.0.1`;
  // The bridge of a dead owner goes with its addresses.
  await succeeds("ip", "link", "del", name);
  await command(
    "sh",
    "-ec",
    `ip link add ${name} type bridge; ip addr add ${gateway}/16 dev ${name}; ip link set ${name} up`,
  );
  const outbound = await enableOutbound(name, `${prefix}.0.0/16`);
  const used = new Set<number>();
  let last = 1;

  const takeAddress = (): number => {
    for (let tries = 0; tries < 65_000; tries++) {
      last = last >= 65_500 ? 2 : last + 1;
      if ((last & 255) !== 0 && (last & 255) !== 255 && !used.has(last)) break;
    }
    if (used.has(last)) throw new Error("no free pod address is left");
    used.add(last);
    return last;
  };

  return {
    name,
    gateway,
    outbound,
    async connect(id, pid) {
      const number = takeAddress();
      const ip = `${prefix}.${number >> 8}.${number & 255}`;
      const host = `${name}${id}`.slice(0, 15);
      const inside = `ip addr add ${ip}/16 dev eth0; ip link set eth0 up; ip link set lo up; ip route add default via ${gateway}`;
      await command(
        "sh",
        "-ec",
        `ip link add ${host} type veth peer name eth0 netns ${pid}; ip link set ${host} master ${name} up; nsenter --target ${pid} --net sh -ec '${inside}'`,
      );
      return {
        ip,
        // The interface goes with the pod's namespace.
        async release() {
          used.delete(number);
        },
      };
    },
    addAddress: async (ip) => void (await command("ip", "addr", "replace", `${ip}/32`, "dev", name)),
    removeAddress: async (ip) => void (await succeeds("ip", "addr", "del", `${ip}/32`, "dev", name)),
    async close() {
      await succeeds("ip", "link", "del", name);
      await succeeds("nft", "delete", "table", "ip", name);
      rmSync(`${folder}/bridge${slot}.pid`, { force: true });
    },
  };
}
