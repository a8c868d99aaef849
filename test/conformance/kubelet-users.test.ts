/** The local node for those who are not root, and where the kernel refuses: what pods have then, and who says why. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { TwoPods } from "./two-pods.ts";

const execute = promisify(execFile);
const program = fileURLToPath(new URL("two-pods.ts", import.meta.url));

/** An ordinary user without any capability, whoever runs the tests. */
const ordinary = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];
const inShell = (prepare: string) => ["sh", "-ec", `${prepare}; exec "$@"`, "sh"];

async function twoPods(...as: readonly string[]): Promise<TwoPods> {
  const [file = "", ...args] = [...as, process.execPath, program];
  const { stdout } = await execute(file, args, { timeout: 55_000 });
  return JSON.parse(stdout) as TwoPods;
}

describe.runIf(process.platform === "linux")("a node with two pods that want the same port", () => {
  const waits =
    "Pending: Unschedulable: 0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports (28917 is taken by one)";

  it("shares the network of an ordinary user, with mounts of their own; the second pod waits and says why", async () => {
    const found = await twoPods(...ordinary);
    expect(found).toMatchObject({ mode: "shared", printed: "named\nprivate\nup\n", after: "Running" });
    expect(found.reason).toBe(
      "pods share this machine's network, for they cannot have their own: only root can make networks for pods; container ports are ports of this machine",
    );
    expect(found.events).toContain(`SharedNetwork: ${found.reason}`);
    expect(found.second).toContain(waits);
  });

  it("runs plain processes where the kernel refuses namespaces, and says what to do", async () => {
    const none = inShell("for kind in user mnt uts; do echo 0 >/proc/sys/user/max_${kind}_namespaces; done");
    const found = await twoPods("unshare", "--user", "--map-root-user", ...none);
    expect(found).toMatchObject({ mode: "shared", printed: "up\n", after: "Running" });
    expect(found.reason).toContain("the kernel allows no more namespaces: raise user.max_*_namespaces with sysctl");
    expect(found.reason).toContain("volumes are not mounted");
    expect(found.events).toContain(`SharedNetwork: ${found.reason}`);
    expect(found.second).toContain(waits);
  });

  it("runs both at once for the root of a user namespace with a network of its own", async () => {
    const own = inShell("mount -t tmpfs tmpfs /run; ip link set lo up");
    const found = await twoPods("unshare", "--user", "--map-root-user", "--net", "--mount", ...own);
    expect(found).toMatchObject({ mode: "namespaces", printed: "named\nprivate\nup\n", second: "Running" });
    expect(found.events.filter((event) => event.startsWith("SharedNetwork"))).toEqual([]);
  });
});
