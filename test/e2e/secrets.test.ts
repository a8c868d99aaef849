/** A secret reaches every container and nothing else: no file but the store, no answer, no process's command line. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectl } from "./kubectl.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { shellManifest, Windlass } from "./windlass.ts";

// Said only by what must not say it.
const value = "s3cr3t-Xq7vKp2m";
const windlass = new Windlass({ HF_TOKEN: value });
afterAll(() => windlass.stop());

const script = 'echo length ${#HF_TOKEN} and ${#WANDB_API_KEY}; echo "$HF_TOKEN" | tr a-z A-Z; sleep 600';
let name: string;
beforeAll(async () => {
  const project = windlass.project(shellManifest(script), {
    ".env": `WANDB_API_KEY=${value}\n`,
    ".windlassignore": ".env\n",
  });
  const args = ["run", "--detach", "--secret", "HF_TOKEN", "--secret-file", join(project, ".env"), project];
  await windlass.run("up");
  const { status, stdout, output } = await windlass.run(...args);
  expect([status, output]).toEqual([0, stdout]);
  name = stdout.trim();
  await eventually(async () => (await windlass.run("logs", name)).stdout.includes("S3CR3T"), "the pod runs");
});

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

const encoded = Buffer.from(value).toString("base64");
const says = (text: string) => text.includes(value) || text.includes(encoded);

test("the containers have it", async () => {
  const { stdout } = await windlass.run("logs", name);
  expect(stdout).toContain(`length ${value.length} and ${value.length}`);
});

test.each([
  ["get", "-o", "json"],
  ["list", "-o", "json"],
  ["events", "-o", "json"],
  ["why", "-o", "json"],
])("no answer has it: %s", async (...words) => {
  const [command = "", ...flags] = words;
  const { status, output } = await windlass.run(command, ...(command === "list" ? [] : [name]), ...flags);
  expect([status, says(output)]).toEqual([0, false]);
});

test("kubectl shows it in the Secret alone, which the experiment owns", async () => {
  const all = await kubectl(windlass, ["get", "experiments,jobsets,jobs,pods,events,configmaps", "-o", "yaml"]);
  expect([all.status, says(all.output)]).toEqual([0, false]);
  const secret = JSON.parse((await kubectl(windlass, ["get", "secret", `${name}-secrets`, "-o", "json"])).stdout) as {
    metadata: { ownerReferences: unknown };
    data: unknown;
  };
  expect(secret.metadata.ownerReferences).toMatchObject([{ kind: "Experiment", name }]);
  expect(secret.data).toEqual({ HF_TOKEN: encoded, WANDB_API_KEY: encoded });
});

test("no file has it but the store, which only its owner reads", () => {
  const found = [...filesBelow(windlass.state)].filter((file) => says(readFileSync(file, "latin1")));
  const store = join(windlass.state, "store");
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter((file) => !file.startsWith(store))).toEqual([]);
  for (const file of [...filesBelow(store), windlass.state]) expect(statSync(file).mode & 0o077).toBe(0);
});

test("no process has it on its command line", () => {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  const lines = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1");
    } catch {
      return "";
    }
  });
  expect(lines.filter(says)).toEqual([]);
});

test("a value on the command line is refused, and a plain variable warned of, without their values", async () => {
  const folder = windlass.project(shellManifest("true"));
  const refused = await windlass.run("run", folder, "--secret", `HF_TOKEN=${value}`);
  expect([refused.status, says(refused.output)]).toEqual([2, false]);
  expect(refused.output).toContain("SECRET_ON_COMMAND_LINE");
  const plain = await windlass.run("run", folder, "--env", "API_KEY=abc-plain");
  expect(plain.status).toBe(0);
  expect(plain.stderr).toContain("`--secret API_KEY` keeps it in a Secret");
  expect(plain.stderr).not.toContain("abc-plain");
});

test("the Secret goes with the experiment", async () => {
  expect((await kubectl(windlass, ["delete", "experiment", name])).status).toBe(0);
  await eventually(
    async () => (await kubectl(windlass, ["get", "secret", `${name}-secrets`])).output.includes("NotFound"),
    "the Secret is gone",
  );
});
