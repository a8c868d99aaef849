/** What can be missing or taken when a cluster or a pod starts: ports, Ray, CPUs; and two who start at once. */
import { accessSync, constants } from "node:fs";
import { createServer, type Server } from "node:net";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isAlive } from "../../src/cli/daemon/record.ts";
import { kubectl } from "./kubectl.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { Windlass } from "./windlass.ts";

const rayManifest = `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: kuberay
  image: demo
  command: python3 main.py
  rayVersion: "2.60.0"
  types:
    Head: { resources: { cpus: 0.1, memory: 1 } }
    Workers: []
`;

function hasRay(folder: string): boolean {
  try {
    accessSync(join(folder, "ray"), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A program on a port of its own, and the port. */
async function occupy(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as { port: number }).port };
}

describe("starting the cluster", () => {
  const windlass = new Windlass();
  afterAll(() => windlass.stop());

  test("on a port that is taken: the port and the way out are named, and nothing is left behind", async () => {
    const { server, port } = await occupy();
    const { status, stderr } = await windlass.run("up", "--port", String(port));
    server.close();
    expect(status).toBe(1);
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is already in use [PORT_UNAVAILABLE]`);
    expect(stderr).toContain("leave --port out");
    expect((await windlass.run("status")).status).toBe(3);
  });

  test.each([
    ["--port", "99999", "whole number"],
    ["--cpus", "many", "quantity"],
    ["--cpus", "1e400", "quantity"],
    ["--memory", "-1Gi", "quantity"],
    ["--gpus", "1.5", "whole number"],
    ["--network", "bridge", "Allowed choices"],
  ])("with %s %s: refused before anything starts", async (flag, value, wanted) => {
    const { status, stderr } = await windlass.run("up", `${flag}=${value}`);
    expect(stderr).toContain(wanted);
    expect(status).toBe(2);
  });

  test.each(["/dev/null", "/proc/nowhere"])(
    "with a state folder that cannot be, below %s: the folder and the way out are named",
    async (folder) => {
      const nowhere = new Windlass({ XDG_STATE_HOME: folder });
      const { status, stderr } = await nowhere.run("up");
      await nowhere.stop();
      expect(status).toBe(1);
      expect(stderr.startsWith(`error: cannot write to the state folder ${folder}/windlass: `)).toBe(true);
      expect(stderr).toMatch(/\[STATE_UNWRITABLE\]\n {2}set WINDLASS_HOME/);
    },
  );

  test("from a folder that was removed: in words", async () => {
    const script = 'mkdir "$0/gone"; cd "$0/gone"; rmdir "$0/gone"; "$@"';
    const lost = new Windlass({}, ["sh", "-c", script, windlass.home]);
    const { status, stderr } = await lost.run("validate");
    await lost.stop();
    expect(stderr).toContain(`${windlass.home}/gone has no manifest.yaml`);
    expect(status).toBe(2);
  });

  test("in two terminals at the same instant: one cluster, and both say the truth", async () => {
    const both = await Promise.all([windlass.run("up", "-o", "json"), windlass.run("up", "-o", "json")]);
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    const said = both.map(({ stdout }) => JSON.parse(stdout) as { readonly started: boolean; readonly pid: number });
    expect(new Set(said.map(({ pid }) => pid))).toEqual(new Set([windlass.pid()]));
    expect(said.filter(({ started }) => started)).toHaveLength(1);
    expect(isAlive({ pid: windlass.pid() })).toBe(true);
  });

  test("while the one before is still stopping: waited for", async () => {
    const before = windlass.pid();
    const [down, up] = await Promise.all([windlass.run("down"), windlass.run("up")]);
    expect([down.status, up.status]).toEqual([0, 0]);
    if (up.output.includes("already up")) expect((await windlass.run("up")).status).toBe(0);
    expect(windlass.pid()).not.toBe(before);
    expect((await windlass.run("status")).status).toBe(0);
  });
});

describe("an environment without Ray", () => {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !hasRay(folder));
  const windlass = new Windlass({ PATH: path.join(delimiter) });
  afterAll(() => windlass.stop());

  test("ends a Ray experiment before a pod starts, with the place and the line to add", async () => {
    const folder = windlass.project(rayManifest);
    const { status, output } = await windlass.run("run", folder);
    expect(output).toMatch(/Failed after \d+ s: BuildFailed: operator kuberay needs Ray/);
    expect(output).toContain(`the environment of ${folder} has no \`ray\` program`);
    expect(output).toContain("`ray[default]==2.60.0` to the source's requirements.txt");
    expect(status).toBe(1);
    expect((await windlass.json<{ readonly pods: readonly unknown[] }>("get", "latest")).pods).toEqual([]);
  });

  test("is refused for an image that would run in it", async () => {
    const { status, stderr } = await windlass.run("run", "--image", "demo:1", windlass.project(rayManifest));
    expect(stderr).toMatch(/image demo:1 .*IMAGE_INCOMPLETE/);
    expect(status).toBe(1);
  });
});

describe("pods that have to wait", () => {
  const windlass = new Windlass({ WINDLASS_NETWORK: "shared" });
  afterAll(() => windlass.stop());
  const apply = (text: string) => kubectl(windlass, ["apply", "-f", "-"], text);
  const condition = async (pod: string) =>
    (await kubectl(windlass, ["get", "pod", pod, "-o", "jsonpath={.status.conditions[0].message}"])).stdout;

  test("for a port of the machine's one network: told by port and holder, and started when it is free", async () => {
    expect((await windlass.run("up")).status).toBe(0);
    const { server, port } = await occupy();
    server.close();
    const pod = (name: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  terminationGracePeriodSeconds: 1
  containers: [{ name: c, image: shell, command: [sleep, "1000"], ports: [{ containerPort: ${port} }] }]
`;
    await apply(pod("holder"));
    await kubectl(windlass, ["wait", "--for=condition=Ready", "pod/holder", "--timeout=60s"]);
    await apply(pod("waiter"));
    const told = await eventually(() => condition("waiter"), "the waiting pod has a reason");
    expect(told).toContain(`${port} is taken by holder`);
    await kubectl(windlass, ["delete", "pod", "holder"]);
    const ready = await kubectl(windlass, ["wait", "--for=condition=Ready", "pod/waiter", "--timeout=60s"]);
    expect(ready.stdout).toContain("condition met");
    await kubectl(windlass, ["delete", "pod", "waiter"]);
  });

  test("for a machine that is larger: a RayCluster and an Experiment say so, and go when they are told to", async () => {
    const manifest = `kind: AIchorManifest
    apiVersion: "0.2.3"
    spec:
      operator: jobset
      image: shell
      command: "true"
      types: { main: { resources: { cpus: 4000, ramRatio: 1 } } }`;
    const applied = await apply(`apiVersion: ray.io/v1
kind: RayCluster
metadata: { name: large }
spec:
  headGroupSpec:
    template: { spec: { containers: [{ name: ray-head, image: shell, resources: { requests: { cpu: "4000" } } }] } }
---
apiVersion: windlass.dev/v1alpha1
kind: Experiment
metadata: { name: large-experiment }
spec:
  manifest: |
    ${manifest}
`);
    expect(applied.stderr).toBe("");
    const why = /Insufficient cpu \(needs 4,000, .*Can never be scheduled: request at most \d+/;
    await eventually(async () => why.test((await windlass.run("get", "large-experiment")).output), "get says why");
    expect((await windlass.run("events", "large-experiment")).output).toMatch(why);
    const pods = await kubectl(windlass, ["describe", "pods", "-l", "ray.io/cluster=large"]);
    expect(pods.stdout).toMatch(why);
    expect((await windlass.run("cancel", "large-experiment")).status).toBe(0);
    await eventually(
      async () => (await windlass.run("get", "large-experiment")).output.includes("Cancelled"),
      "the experiment is cancelled",
    );
    const deleted = await kubectl(windlass, ["delete", "raycluster", "large", "--timeout=60s"]);
    expect(deleted.stdout).toContain('"large" deleted');
    await eventually(
      async () => (await kubectl(windlass, ["get", "pods", "-o", "name"])).stdout === "",
      "no pod is left",
    );
  });
});
