/** The local node for those who are not root, and where the kernel refuses: what pods have then, and who says why. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { tool } from "../../src/local/kubelet/runtime/processes.ts";
import type { TwoPods } from "./two-pods.ts";

const execute = promisify(execFile);
const program = fileURLToPath(new URL("two-pods.ts", import.meta.url));

const hasDevice = existsSync("/dev/net/tun");
const isInstalled = (name: string) => tool(name) !== name;

/** An ordinary user without any capability, whoever runs the tests. */
const ordinary = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];
const inShell = (prepare: string) => ["sh", "-ec", `${prepare}; exec "$@"`, "sh"];

/** Without network namespaces, whose number an outer user namespace limits. */
const noNetworks = ["unshare", "--user", "--map-root-user", ...inShell("echo 0 >/proc/sys/user/max_net_namespaces")];

async function twoPods(as: readonly string[], ...argument: readonly string[]): Promise<TwoPods> {
  const [file = "", ...args] = [...as, process.execPath, program, ...argument];
  const { stdout } = await execute(file, args, { timeout: 55_000 });
  return JSON.parse(stdout) as TwoPods;
}

const elsewhere = "192.0.2.9/7777";
const listener = 'require("node:net").createServer((socket) => socket.end()).listen(7777)';

/** A machine with one interface, and another machine behind it, which listens. `lacks`: programs that are not there. */
function smallMachine(lacks: readonly string[]): readonly string[] {
  const hide = lacks.map((name) => `for at in $(which -a ${name}); do mount --bind /dev/null "$at"; done`);
  const other = `ip link add out1 type veth peer name out0 netns "$1"
ip addr add 192.0.2.9/24 dev out1; ip link set out1 up; exec "$2" -e "$3"`;
  const prepare = [
    "mount -t tmpfs tmpfs /run",
    "ip link set lo up",
    ...hide,
    `unshare --net setpriv --pdeathsig KILL sh -c '${other}' sh $$ '${process.execPath}' '${listener}' &`,
    "until ip addr add 192.0.2.1/24 dev out0 2>/dev/null; do sleep 0.05; done",
    "ip link set out0 up",
    "ip route add default via 192.0.2.9",
    `until bash -c 'exec 3<>/dev/tcp/${elsewhere}' 2>/dev/null; do sleep 0.05; done`,
  ];
  return ["unshare", "--user", "--map-root-user", "--net", "--mount", ...inShell(prepare.join("\n"))];
}

describe.runIf(process.platform === "linux")("a node with two pods that want the same port", () => {
  const waits =
    "Pending: Unschedulable: 0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports (28917 is taken by one)";

  it("gives pods of an ordinary user networks of their own", async () => {
    const found = await twoPods(ordinary);
    expect(found).toMatchObject({ mode: "namespaces", printed: "named\nprivate\nup\n", second: "Running" });
    expect(found.reason).toMatch(/^each pod has its own network, mounts and processes/);
  });

  const ways = [
    { program: "pasta", missing: "slirp4netns" },
    { program: "slirp4netns", missing: "pasta" },
  ].filter(({ program }) => hasDevice && isInstalled(program) && (isInstalled("nft") || isInstalled("iptables")));
  it.for(ways)("lets them out with $program", async ({ missing }) => {
    const found = await twoPods([...smallMachine([missing]), ...ordinary], elsewhere);
    expect(found).toMatchObject({ mode: "namespaces", printed: "named\nprivate\noutside\nup\n", second: "Running" });
    expect(found.reason).toBe("each pod has its own network, mounts and processes");
  });

  it("says what to install where nothing can let them out", async () => {
    const found = await twoPods([...smallMachine(["pasta", "slirp4netns"]), ...ordinary], elsewhere);
    expect(found).toMatchObject({ mode: "namespaces", printed: "named\nprivate\nup\n", second: "Running" });
    expect(found.reason).toBe(
      "each pod has its own network, mounts and processes; pods cannot reach other machines: install pasta or slirp4netns (packages passt and slirp4netns)",
    );
  });

  it("shares the network where there can be no other, with mounts of their own; the second pod waits and says why", async () => {
    const found = await twoPods([...noNetworks, ...ordinary]);
    expect(found).toMatchObject({ mode: "shared", printed: "named\nprivate\nup\n", after: "Running" });
    expect(found.reason).toBe(
      "pods share this machine's network because pod networks cannot be created: the kernel's namespace limit is reached: raise user.max_*_namespaces with sysctl; container ports are ports of this machine",
    );
    expect(found.events).toContain(`SharedNetwork: ${found.reason}`);
    expect(found.second).toContain(waits);
  });

  it("runs plain processes where the kernel refuses namespaces, and says what to do", async () => {
    const none = inShell("for kind in user mnt uts; do echo 0 >/proc/sys/user/max_${kind}_namespaces; done");
    const found = await twoPods(["unshare", "--user", "--map-root-user", ...none]);
    expect(found).toMatchObject({ mode: "shared", printed: "up\n", after: "Running" });
    expect(found.reason).toContain("the kernel's namespace limit is reached: raise user.max_*_namespaces with sysctl");
    expect(found.reason).toContain("volumes are not mounted");
    expect(found.events).toContain(`SharedNetwork: ${found.reason}`);
    expect(found.second).toContain(waits);
  });

  it("runs both at once for the root of a user namespace with a network of its own", async () => {
    const own = inShell("mount -t tmpfs tmpfs /run; ip link set lo up");
    const found = await twoPods(["unshare", "--user", "--map-root-user", "--net", "--mount", ...own]);
    expect(found).toMatchObject({ mode: "namespaces", printed: "named\nprivate\nup\n", second: "Running" });
    expect(found.events.filter((event) => event.startsWith("SharedNetwork"))).toEqual([]);
  });

  it("says so when every network is taken, and shares the machine's", async () => {
    const taken = inShell("mount -t tmpfs tmpfs /run; ip link set lo up; ip route add 10.64.0.0/10 dev lo");
    const found = await twoPods(["unshare", "--user", "--map-root-user", "--net", "--mount", ...taken]);
    expect(found).toMatchObject({ mode: "shared", printed: "named\nprivate\nup\n", after: "Running" });
    expect(found.reason).toBe(
      "pods share this machine's network because pod networks cannot be created: no free network for the pods: other local clusters of root or this machine's routes use all 62 between 10.64.0.0/16 and 10.127.0.0/16 (`ip route` shows them; `windlass down` stops a cluster); container ports are ports of this machine",
    );
  });
});
