/** `windlass delete`: what is deleted is gone from the API, from the disk and from the process list; nothing else is. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectl } from "./kubectl.ts";
import { keys, openTerminal } from "./terminal.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { processesWith, programFile, shellManifest, Windlass } from "./windlass.ts";

const cache = mkdtempSync(join("/var/tmp", "windlass-e2e-delete-"));
const windlass = new Windlass({ XDG_CACHE_HOME: cache });
afterAll(async () => {
  await windlass.stop();
  rmSync(cache, { recursive: true, force: true });
});

const entries = (...path: readonly string[]) => {
  const folder = join(...path);
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
};
const logsOf = (name: string) => entries(windlass.state, "pods").filter((folder) => folder.includes(name));
const buildLogsOf = (name: string) => entries(windlass.state, "builds").filter((file) => file.includes(name));
const sources = () => entries(cache, "windlass", "sources").length;
const outputs = () => entries(windlass.state, "outputs").length;
const list = async (...flags: readonly string[]) =>
  (await windlass.run("list", "-o", "name", ...flags)).stdout.trim().split("\n").filter(Boolean);

/** What an experiment leaves: the first nothing, the second a file. */
const results: Readonly<Record<string, string>> = { second: 'echo model >"$AICHOR_OUTPUT_PATH/model.pt"' };

async function submit(word: string, ...flags: readonly string[]): Promise<string> {
  const project = windlass.project(
    shellManifest(`cat word.txt; ${results[word] ?? "true"}; ${word === "going" ? "sleep 600" : "true"}`),
    {
      "word.txt": `${word}\n`,
    },
  );
  const { status, stdout, output } = await windlass.run("run", "--detach", ...flags, project);
  if (status !== 0) throw new Error(output);
  const name = stdout.trim();
  await eventually(async () => (await windlass.run("logs", name)).stdout.includes(word), `${name} has printed ${word}`);
  return name;
}
const ended = (name: string) =>
  eventually(async () => (await list("--state", "Succeeded")).includes(name), `${name} has ended`);

let first: string;
let second: string;
let going: string;
beforeAll(async () => {
  await windlass.run("up");
  first = await submit("first", "--label", "sweep=one", "-m", "the first try");
  second = await submit("second", "-m", "another try");
  going = await submit("going");
  await Promise.all([ended(first), ended(second)]);
});

test("experiments are found again by state, label and words", async () => {
  expect(await list()).toEqual([going, second, first]);
  expect(await list("--state", "Succeeded", "--limit", "1")).toEqual([second]);
  expect(await list("-l", "sweep=one")).toEqual([first]);
  expect(await list("another", "TRY")).toEqual([second]);
  expect((await windlass.run("label", second, "sweep=two", "best=")).status).toBe(0);
  expect(await list("-l", "sweep")).toEqual([second, first]);
  expect((await windlass.run("label", second, "sweep-")).status).toBe(0);
  expect(await list("-l", "sweep")).toEqual([first]);
  const { stdout } = await windlass.run("list");
  expect(stdout).toMatch(/NAME +STATE +STEP +DURATION +AGE +REASON +MESSAGE\n/);
  expect(stdout).toMatch(/Succeeded +Finished +\d+s +\d+s +the first try\n/);
});

test.each<[readonly string[], string]>([
  [[], "NOTHING_SELECTED"],
  [["--all"], "CONFIRMATION_NEEDED"],
  [["latest", "--all"], "NAMES_AND_FILTERS"],
  [["--state", "Broken"], "STATE_UNKNOWN"],
  [["latest"], "EXPERIMENT_UNFINISHED"],
  [["nobody"], "EXPERIMENT_NOT_FOUND"],
])("refused, with nothing deleted: delete %j", async (args, code) => {
  const { status, output } = await windlass.run("delete", ...args);
  expect(output).toContain(`[${code}]`);
  expect(status).toBeGreaterThan(0);
  expect(await list()).toHaveLength(3);
});

test("a filter leaves what goes on alone, and a dry run deletes nothing", async () => {
  const { status, stdout } = await windlass.run("delete", "--all", "--dry-run");
  expect(status).toBe(0);
  expect(stdout).toContain("1 experiment skipped: not finished");
  expect(stdout).toContain("would delete 2 experiments");
  expect(await list()).toHaveLength(3);
});

test("on a terminal it asks, and Enter means no", async () => {
  const terminal = openTerminal([process.execPath, programFile, "delete", first], { env: windlass.env });
  await terminal.shows("Delete 1 experiment with all logs?");
  terminal.type(keys.enter);
  await terminal.shows("nothing was deleted");
  expect(await terminal.ended).toBe(0);
  expect(await list()).toHaveLength(3);
});

test("an experiment that is deleted while its image is built stops the build", async () => {
  const mark = join(windlass.home, "build.pid");
  const backend = `import os, time\nopen(${JSON.stringify(mark)}, "w").write(str(os.getpid()))\ntime.sleep(600)\n`;
  const pyproject = '[project]\nname = "slow"\nversion = "1"\n[build-system]\nrequires = []\n';
  const project = windlass.project(shellManifest("true"), {
    "requirements.txt": "./slow\n",
    "slow/pyproject.toml": `${pyproject}build-backend = "backend"\nbackend-path = ["."]\n`,
    "slow/backend.py": backend,
  });
  const name = (await windlass.run("run", "--detach", project)).stdout.trim();
  const pid = await eventually(() => existsSync(mark) && readFileSync(mark, "utf8"), "the build is under way");
  expect(await list("--state", "Building")).toEqual([name]);
  expect((await windlass.run("delete", name, "--cancel")).status).toBe(0);
  await eventually(() => !existsSync(`/proc/${pid}/exe`), "the build has been stopped");
  await eventually(() => sources() === 3, "the source is gone");
});

test("what is deleted by name is gone: objects, logs, build log, source", async () => {
  expect([logsOf(first).length, buildLogsOf(first).length, sources()]).toEqual([1, 1, 3]);
  const { status, stdout } = await windlass.run("delete", first);
  expect([status, stdout, outputs()]).toEqual([0, `${first} deleted\n`, 2]);
  expect(await list()).toEqual([going, second]);
  const left = await kubectl(windlass, ["get", "jobsets,jobs,pods,services,pvc,secrets", "-o", "name"]);
  expect(left.stdout).not.toContain(first);
  expect(left.stdout).toContain(second);
  await eventually(() => logsOf(first).length === 0 && buildLogsOf(first).length === 0, "its logs are gone");
  await eventually(() => sources() === 2, "its source is gone");
  expect(logsOf(second)).toHaveLength(1);
});

test("--cascade=orphan leaves the workload and its log alone", async () => {
  const orphan = await submit("going");
  expect((await kubectl(windlass, ["delete", "experiment", orphan, "--cascade=orphan"])).status).toBe(0);
  expect(await list()).toEqual([going, second]);
  const pods = await kubectl(windlass, ["get", "pods", "-o", "name"]);
  expect(pods.stdout).toContain(orphan);
  await eventually(() => buildLogsOf(orphan).length === 0, "what is the experiment's own is gone");
  expect(logsOf(orphan)).toHaveLength(1);
  expect((await kubectl(windlass, ["delete", "jobset", orphan])).status).toBe(0);
  await eventually(() => logsOf(orphan).length === 0, "its log is gone with its pod");
});

test("--cancel ends what runs, and the filter takes the rest", async () => {
  const { status, stdout } = await windlass.run("delete", "--all", "--cancel", "--yes");
  expect(status).toBe(0);
  for (const name of [going, second]) expect(stdout).toContain(`${name} deleted\n`);
  expect(stdout).toMatch(/outputs kept: 6 B in .*\/outputs\//);
  expect(await list()).toEqual([]);
  expect(processesWith(going)).toEqual([]);
  await eventually(() => entries(windlass.state, "pods").length === 0, "all logs are gone");
  expect(entries(windlass.state, "run")).toEqual([]);
});

test("results outlive their experiment until they are asked for by name", async () => {
  // The other one is of the experiment that kubectl deleted, and empty.
  expect(outputs()).toBe(2);
  await windlass.run("prune", "--older-than", "0s");
  expect(outputs()).toBe(1);
  const refused = await windlass.run("prune", "--outputs");
  expect([refused.status, refused.output]).toEqual([2, expect.stringContaining("outputs of 1 deleted experiments")]);
  expect((await windlass.run("prune", "--outputs", "--yes")).status).toBe(0);
  expect(outputs()).toBe(0);

  const third = await submit("second");
  const [resumer] = [await submit("going", "--resume", third)];
  await ended(third);
  const inUse = await windlass.run("delete", third, "--outputs");
  expect([inUse.status, inUse.output]).toEqual([1, expect.stringContaining("[OUTPUTS_IN_USE]")]);
  expect((await windlass.run("delete", third, resumer, "--cancel", "--outputs")).status).toBe(0);
  expect([outputs(), await list()]).toEqual([0, []]);
});
