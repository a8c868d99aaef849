/** Reaching into experiments on a real cluster: secrets, exec, shell, port-forward, top, open, and what is left at the end. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/api/core/kinds.ts";
import { keys } from "../e2e/terminal.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Started, Windlass } from "../e2e/windlass.ts";
import { installDefinitions, openCluster, type Operator, type RealCluster, startOperator } from "./cluster.ts";
import { manifest } from "./objects.ts";

// Said only by what must not say it.
const value = "s3cr3t-Xq7vKp2m";
const projects = new Windlass();
let cluster: RealCluster;
let operator: Operator;

const onePod = "    main: { count: 1, resources: { cpus: 0.1, ramRatio: 1 } }\n";
const server =
  "echo length ${#HF_TOKEN} and ${#WANDB_API_KEY}; cd /tmp && echo hello >index.html; trap exit TERM; python3 -m http.server 8000 & wait";

/** Resolves with the experiment's name as soon as its main pod takes commands. */
async function running(...args: readonly string[]): Promise<string> {
  const { status, stdout, output } = await cluster.windlass("run", "--detach", ...args);
  expect(status, output).toBe(0);
  const name = stdout.trim();
  const takes = async () => (await cluster.windlass("exec", name, "--", "true")).status === 0;
  await eventually(takes, `${name} runs`, 240_000);
  return name;
}

/** Waits until a command that goes on has printed it, and answers what the expression's group holds. */
const printed = (run: Started, what: RegExp) => eventually(() => what.exec(run.output())?.[1], String(what), 60_000);

async function interrupted(run: Started): Promise<number> {
  run.child.kill("SIGINT");
  return (await run.ended).status;
}

beforeAll(async () => {
  cluster = await openCluster({ HF_TOKEN: value });
  await installDefinitions(cluster);
  operator = await startOperator();
});
afterAll(async () => {
  await cluster?.close();
  await operator?.stop();
  await projects.stop();
});

describe("one pod", () => {
  let name: string;
  beforeAll(async () => {
    const project = projects.project(manifest("jobset", server, onePod), { ".env": `WANDB_API_KEY=${value}\n` });
    name = await running("--secret", "HF_TOKEN", "--secret-file", `${project}/.env`, project);
  });

  it("has its secrets, which only the Secret shows", async () => {
    expect((await cluster.windlass("logs", name)).stdout).toContain(`length ${value.length} and ${value.length}`);
    const { namespace } = cluster;
    const ref = { kind: Secret, namespace, name: `${name}-secrets` };
    const { data } = await cluster.client.get<{ metadata: object; kind: string; apiVersion: string; data: unknown }>(
      ref,
    );
    const encoded = Buffer.from(value).toString("base64");
    expect(data).toEqual({ HF_TOKEN: encoded, WANDB_API_KEY: encoded });
    for (const args of [["list"], ["get", name], ["events", name], ["why", name]]) {
      const { status, output } = await cluster.windlass(...args, "-o", "json");
      expect([status, output.includes(value), output.includes(encoded)]).toEqual([0, false, false]);
    }
    expect(JSON.stringify(await cluster.pods())).not.toContain(value);
  });

  it("runs a command: both streams, its status", async () => {
    const script = "echo a b; echo c >&2; exit 7";
    const { status, stdout, stderr } = await cluster.windlass("exec", name, "--", "sh", "-c", script);
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: "a b\n", stderr: "c\n" });
  });

  it("has a shell on a terminal, where Ctrl-C goes to the command", async () => {
    const shell = cluster.terminal("shell", name);
    shell.type("stty size; sleep 100; echo went-$((20+3))\r");
    await shell.shows("40 90");
    shell.type(keys.interrupt);
    shell.type("echo in-$((20+3)); exit 3\r");
    await shell.shows("in-23");
    expect(await shell.ended).toBe(3);
  });

  it("is reached by port-forward, by several connections at once", async () => {
    const forward = cluster.start("port-forward", name, "0:8000");
    const port = await printed(forward, /127\.0\.0\.1:(\d+) → /);
    const get = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
    expect(await Promise.all([get(), get(), get()])).toEqual(["hello\n", "hello\n", "hello\n"]);
    expect(await interrupted(forward)).toBe(0);
  });

  it("is in top, although the cluster has no metrics API", async () => {
    const rows = async () =>
      JSON.parse((await cluster.windlass("top", name, "-o", "json")).stdout || "[]") as readonly unknown[];
    const row = await eventually(async () => (await rows())[0], "the node has measured it", 120_000);
    expect(row).toMatchObject({ part: "main", hasEnded: false, memoryBytes: expect.any(Number) });
    expect((row as { memoryBytes: number }).memoryBytes).toBeGreaterThan(1 << 20);
  });

  it("is cancelled, and then told to have ended", async () => {
    expect((await cluster.windlass("cancel", name)).status).toBe(0);
    const over = async () => {
      const { status, stderr } = await cluster.windlass("exec", name, "--", "true");
      return status === 1 && stderr.includes("[EXPERIMENT_OVER]");
    };
    await eventually(over, "it has ended", 120_000);
  });
});

describe("a Ray cluster", () => {
  const types =
    "    Head: { resources: { cpus: 0.2, memory: 1 } }\n    Workers: [{ name: small, count: 1, resources: { cpus: 0.2, memory: 0.6 } }]\n";
  const project = () => projects.project(manifest("kuberay", "sleep 600", types));

  it("has a dashboard that a link on this machine opens", async () => {
    const name = await running(project());
    const open = cluster.start("open", name, "ray");
    const url = await printed(open, /Ray dashboard +(http:\/\/127\.0\.0\.1:\d+)\n/);
    const answers = async () =>
      ((await (await fetch(`${url}/api/version`)).json()) as { ray_version: string }).ray_version;
    expect(await eventually(() => answers().catch(() => undefined), "the dashboard answers", 120_000)).toBe("2.60.0");
    expect(await interrupted(open)).toBe(0);
    expect((await cluster.windlass("cancel", name)).status).toBe(0);
  });

  it("whose head cannot start ends after three tries, with the last lines that it printed", async () => {
    // No Python starts with it.
    const { status, output } = await cluster.windlass("run", project(), "--env", "PYTHONHOME=/none");
    expect(status).toBe(1);
    expect(output).toMatch(/CrashLoop: container ray-head of pod \S+ terminated with exit code 1, 3 times/);
    expect(output).toContain("ModuleNotFoundError: No module named 'encodings'");
    const { stdout } = await cluster.windlass("why", "latest");
    expect(stdout).toContain("ModuleNotFoundError: No module named 'encodings'");
    const noLogs = async () => (await cluster.windlass("logs", "latest")).stderr;
    await eventually(async () => /pods no longer exist[^]*windlass why/.test(await noLogs()), "its pods are gone");
  });
});
