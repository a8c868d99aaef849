/**
 * A newcomer's first day, from the packed tarball and in a real terminal: an ordinary shell in which commands are typed one
 * after the other, files are edited, mistakes are made, and windows are closed.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPacked, machineEnv, machinePath } from "./packed.ts";
import { openShell, type ShellSession } from "./shell-session.ts";
import { keys } from "./terminal.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { processesWith } from "./windlass.ts";

const machine = mkdtempSync("/var/tmp/windlass-first-day-");
const folder = join(machine, "first");
const prefix = join(machine, "npm");
const secret = "s3cr3t-Zk4wQ";
const env = {
  ...machineEnv(join(machine, "home")),
  PATH: [join(prefix, "bin"), ...machinePath].join(":"),
  TOKEN: secret,
};

let shell: ShellSession;
beforeAll(async () => {
  mkdirSync(folder);
  const where = { cwd: machine, env: machineEnv(join(machine, "home")) };
  installPacked(machine, where);
  shell = await openShell({ env, cwd: folder });
});
afterAll(async () => {
  shell.close();
  await shell.ended;
  const last = await openShell({ env, cwd: machine });
  await last.command("windlass down");
  last.close();
  await last.ended;
  rmSync(machine, { recursive: true, force: true });
});

const write = (text: string, file = "main.py") => writeFileSync(join(folder, file), text);
const edit = (file: string, from: string, to: string) =>
  write(readFileSync(join(folder, file), "utf8").replace(from, to), file);

/** The name of the newest experiment, as `list` shows it first. */
const latest = async () => /^((?:experiment|sweep)-\S+)/m.exec(await shell.command("windlass list"))?.[1] ?? "";

const counts = `import itertools, time
for step in itertools.count():
    print("step", step)
    time.sleep(0.2)
`;

const cancelled = () =>
  eventually(
    async () => (await shell.command("windlass list --state Cancelled -o name")).includes("experiment-"),
    "it is cancelled",
  );

test("init turns an empty folder into a project, with questions", async () => {
  shell.begin("windlass init");
  await shell.shows("What runs it?");
  shell.type(keys.enter);
  await shell.shows("Which command?");
  shell.type(keys.enter);
  await shell.shows("How many workers?");
  shell.type(`${keys.backspace}1${keys.enter}`);
  const said = await shell.prompt();
  expect(said).toContain("manifest.yaml");
  expect(said).toContain("`windlass run` runs it");
});

test("run shows the result, and where the outputs are", async () => {
  const said = await shell.command("windlass run");
  expect(said).toContain("hello from pod 0");
  expect(said).toContain("Succeeded");
  expect(said).toMatch(/outputs: 1 file, \d+ B in .* windlass outputs experiment-/);
});

test("an edit is in the next run", async () => {
  edit("main.py", "hello from", "good morning from");
  expect(await shell.command("windlass run")).toContain("good morning from pod 0");
});

test("a typo in the manifest is named with its line, and nothing is started", async () => {
  edit("manifest.yaml", "command:", "comand:");
  const said = await shell.command("windlass run; echo status $?");
  const lines = readFileSync(join(folder, "manifest.yaml"), "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("comand:")) + 1;
  expect(said).toContain(`manifest.yaml:${line}:3: error: spec.comand is not a field`);
  expect(said).toContain("did you mean command?");
  expect(said.match(/: error: /g)).toHaveLength(1);
  expect(said).toContain("status 1");
  edit("manifest.yaml", "comand:", "command:");
  expect(await shell.command("windlass validate")).toContain("valid");
});

test("Ctrl-C during a run asks, and detaching leaves it running", async () => {
  write(counts);
  shell.begin("windlass run");
  await shell.shows("step 3");
  shell.type(keys.interrupt);
  await shell.shows("detach");
  shell.type(keys.down);
  await shell.shows("in the background");
  shell.type(keys.enter);
  const said = await shell.prompt();
  expect(said).toContain("`windlass logs -f experiment-");
  // The live line is gone, not left above the prompt.
  expect(said).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Running[^\r\n]*\r\n/);
  expect(await shell.command("windlass list")).toContain("Processing");
});

test("Ctrl-C out of logs -f ends the viewer alone", async () => {
  shell.begin("windlass logs -f latest");
  await shell.shows("step 12");
  shell.type(keys.interrupt);
  await shell.prompt();
  expect(await shell.command("echo status $?")).toContain("status 130");
  expect(await shell.command("windlass why latest")).toContain("nothing waits");
});

test("top, exec and shell reach into what runs", async () => {
  shell.begin("windlass top latest");
  await shell.shows("MEMORY MAX");
  await shell.shows("running");
  shell.type(keys.interrupt);
  await shell.prompt();
  expect(await shell.command("windlass exec latest -- cat manifest.yaml")).toContain("kind: AIchorManifest");
  shell.begin("windlass shell latest");
  await shell.shows("/windlass/app# ");
  shell.type("echo inside $HOSTNAME\r");
  await shell.shows("inside experiment-");
  shell.type("exit\r");
  await shell.prompt();
  expect(await shell.command("windlass list")).toContain("Processing");
});

test("cancel ends it", async () => {
  expect(await shell.command("windlass cancel latest")).toContain("is being cancelled");
  await cancelled();
});

test("a failing program shows its last lines, in run and in why", async () => {
  write(`import sys
print("arguments", sys.argv[1:])
if "--gently" not in sys.argv:
    raise ValueError("the loss is not a number")
`);
  const said = await shell.command("windlass run; echo status $?");
  expect(said).toContain("ValueError: the loss is not a number");
  expect(said).toContain("status 1");
  const why = await shell.command("windlass why latest");
  expect(why).toContain("exit code 1");
  expect(why).toContain('raise ValueError("the loss is not a number")');
});

test("rerun repeats it with other arguments", async () => {
  const said = await shell.command("windlass rerun latest -- --gently");
  expect(said).toContain("arguments ['--gently']");
  expect(said).toContain("Succeeded");
});

test("a secret is there for the program, and shown nowhere", async () => {
  write(`import json, os, pathlib, sys
print("a token of", len(os.environ.get("TOKEN", "")), "letters")
rate = float(sys.argv[-1].removeprefix("--lr=")) if len(sys.argv) > 1 else 1
pathlib.Path(os.environ["AICHOR_OUTPUT_PATH"], "metrics.jsonl").write_text(json.dumps({"loss": rate * 2}))
`);
  expect(await shell.command("windlass run --secret TOKEN")).toContain(`a token of ${secret.length} letters`);
  const shown = await shell.command("windlass get latest -o json; windlass events latest; windlass logs latest");
  expect(shown).toContain("AIchorManifest");
  expect(shell.output()).not.toContain(secret);
});

test("a sweep tries two values, and compare puts them side by side", async () => {
  expect(await shell.command("windlass sweep --param lr=0.1,0.2")).toContain("2 of 2 succeeded");
  const table = await shell.command("windlass compare --sweep latest");
  expect(table).toMatch(/NAME +STATE +lr +SECONDS +loss +OUTPUTS/);
  expect(table).toMatch(/Succeeded +0\.1 +\d+ +0\.2 /);
  expect(table).toMatch(/Succeeded +0\.2 +\d+ +0\.4 /);
});

test("outputs are listed and downloaded", async () => {
  expect(await shell.command("windlass outputs latest")).toContain("metrics.jsonl");
  expect(await shell.command("windlass outputs latest --download results")).toContain("1 file, 13 B downloaded to");
  expect(JSON.parse(readFileSync(join(folder, "results", "metrics.jsonl"), "utf8"))).toEqual({ loss: 0.4 });
});

test("a closed window leaves the run alone, and a new one finds it", async () => {
  write(counts);
  shell.begin("windlass run");
  await shell.shows("step 3");
  shell.close();
  expect(await shell.ended).toBe(129);
  shell = await openShell({ env, cwd: folder });
  const name = await latest();
  expect(await shell.command("windlass list")).toMatch(new RegExp(`${name} +Processing`));
  shell.begin(`windlass logs -f ${name}`);
  await shell.shows("step 20");
  shell.type(keys.interrupt);
  await shell.prompt();
});

test("delete leaves what runs alone, and takes it once it is cancelled", async () => {
  expect(await shell.command("windlass delete --all --yes")).toMatch(/1 experiment .*not finished/);
  expect(await shell.command("windlass list")).toContain("Processing");
  await shell.command("windlass cancel latest");
  await cancelled();
  expect(await shell.command("windlass delete --all --yes")).toContain("deleted");
  expect(await shell.command("windlass list")).toContain("no experiments yet; `windlass run` starts one");
  expect(await shell.command("windlass sweep list")).toContain("no sweeps");
});

test("prune gives the disk back, and down leaves no process behind", async () => {
  expect(await shell.command("windlass prune --outputs --yes")).toContain("freed");
  expect(await shell.command("windlass down")).toContain("the local cluster is down");
  const said = await shell.command("windlass list; echo status $?");
  expect(said).toContain("start it with `windlass up`");
  expect(said).toContain("status 1");
  shell.close();
  await shell.ended;
  expect(processesWith(machine)).toEqual([]);
});
