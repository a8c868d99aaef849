/** An ordinary user, without root: Ray nodes with networks of their own, and nothing left of them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { childrenOf } from "../../src/local/kubelet/runtime/processes.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { processesWith, rayManifest, shellManifest, Windlass } from "./windlass.ts";

const ordinary = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];
const windlass = new Windlass({}, ordinary);
afterAll(() => windlass.stop());

const manifest = rayManifest("ordinary");
const program = `import ray

ray.init()

@ray.remote(num_cpus=0.1, resources={"cpu": 1})
def where():
    return ray.util.get_node_ip_address()

print("head", ray.util.get_node_ip_address(), "worker", ray.get(where.remote()))
`;

describe.runIf(process.platform === "linux")("an ordinary user", () => {
  test("runs a Ray cluster with workers, and keeps nothing of its pods but their logs", async () => {
    const files = { "requirements.txt": "ray[default]==2.60.0\n", "main.py": program };
    const { status, output } = await windlass.run("run", windlass.project(manifest, files));
    expect(output).toMatch(/head 10\.88\.0\.\d+ worker 10\.88\.0\.\d+/);
    expect(status).toBe(0);
    const pods = join(windlass.state, "run");
    await eventually(() => readdirSync(pods).length <= 1, "only the submitter's folder is left");
    expect((await windlass.run("down")).status).toBe(0);
    expect(existsSync(pods)).toBe(true);
    expect(processesWith(windlass.home)).toEqual([]);
  });

  test("loses the pods and their network with a cluster that is killed, and gets them again", async () => {
    const project = windlass.project(shellManifest('echo "I am $(hostname -i)"; sleep 600'));
    expect((await windlass.run("run", "--detach", project)).status).toBe(0);
    const says = async () => (await windlass.run("logs", "latest")).output.includes("I am 10.88.0.");
    await eventually(says, "the pod runs");
    const pid = windlass.pid();
    const children = childrenOf(pid);
    expect(children.length).toBeGreaterThan(1);
    process.kill(pid, "SIGKILL");
    const isThere = (one: number) => existsSync(`/proc/${one}`);
    await eventually(() => !children.some(isThere), "its network and the way out of it are gone");
    await eventually(() => processesWith(windlass.home).length === 0, "nothing of the pods is left");
    expect((await windlass.run("up")).status).toBe(0);
    await eventually(
      async () => (await windlass.run("get", "latest")).output.includes("Running"),
      "the pod runs again",
    );
    expect((await windlass.run("cancel", "latest")).status).toBe(0);
  });
});
