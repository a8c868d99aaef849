/** `exec`, `shell` and `port-forward`: reaching into an experiment that runs. */
import { spawn, spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keys, openTerminal } from "./terminal.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { processesWith, programFile, shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

const server = "cd /tmp && echo hello >index.html && exec python3 -m http.server 8000";

beforeAll(async () => {
  await windlass.run("run", "-d", windlass.project(shellManifest(server)));
  await eventually(async () => (await windlass.run("exec", "latest", "--", "true")).status === 0, "it runs");
});

const terminal = (...args: readonly string[]) =>
  openTerminal([process.execPath, programFile, ...args], { env: windlass.env, columns: 90 });

describe("exec", () => {
  test("prints both streams and ends with the command's status", async () => {
    const { status, stdout, stderr } = await windlass.run(
      "exec",
      "latest",
      "--",
      "sh",
      "-c",
      "echo a b; echo c >&2; exit 7",
    );
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: "a b\n", stderr: "c\n" });
  });

  test("takes its input from a pipe, to the end", () => {
    const input = "x".repeat(300_000);
    const { stdout, status } = spawnSync(process.execPath, [programFile, "exec", "latest", "--", "wc", "-c"], {
      input,
      env: windlass.env,
    });
    expect(String(stdout).trim()).toBe("300000");
    expect(status).toBe(0);
  });

  test("has the terminal's size, and Ctrl-C goes to the command", async () => {
    const run = terminal(
      "exec",
      "latest",
      "--",
      "sh",
      "-c",
      "sleep 0.3; stty size; trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.1; done",
    );
    await run.shows("40 90");
    await run.shows("ready");
    run.type(keys.interrupt);
    await run.shows("caught");
    expect(await run.ended).toBe(5);
  });

  test.each([
    [["exec", "latest"], "no command to run in latest [NO_COMMAND]"],
    [["exec", "latest", "--pod", "nobody", "--", "true"], "[POD_NOT_FOUND]"],
    [["exec", "latest", "-c", "mian", "--", "true"], "did you mean main?"],
    [["shell", "latest"], "[NO_TERMINAL]"],
    [["port-forward", "latest", "80:x"], "[BAD_PORT]"],
  ])("%j is refused: %s", async (args, message) => {
    const { status, stderr } = await windlass.run(...args);
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
  });
});

test("a shell follows the size of the terminal, and its end has its status", async () => {
  const run = terminal("shell", "latest");
  run.type("echo in-$((20+3))\r");
  await run.shows("in-23");
  const client = processesWith("\0shell\0latest").find((pid) =>
    readlinkSync(`/proc/${pid}/fd/0`).startsWith("/dev/pts/"),
  );
  spawnSync("sh", ["-c", `stty cols 77 rows 33 </proc/${client}/fd/0`]);
  await eventually(() => {
    run.type("stty size\r");
    return run.output().includes("33 77");
  }, "the shell has the new size");
  run.type("exit 3\r");
  expect(await run.ended).toBe(3);
});

test("port-forward makes a port of the pod one of this machine, until Ctrl-C", async () => {
  const child = spawn(process.execPath, [programFile, "port-forward", "latest", "0:8000"], { env: windlass.env });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  const port = await eventually(() => /127\.0\.0\.1:(\d+) → /.exec(output)?.[1], "the port is open");
  const get = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
  expect(await Promise.all([get(), get(), get()])).toEqual(["hello\n", "hello\n", "hello\n"]);
  const ended = new Promise((resolve) => void child.once("exit", resolve));
  child.kill("SIGINT");
  expect(await ended).toBe(0);
});

test("what has ended is told, with what is left of it", async () => {
  await windlass.run("run", windlass.project(shellManifest("echo done")));
  const { status, stderr } = await windlass.run("exec", "latest", "--", "true");
  expect(status).toBe(1);
  expect(stderr).toMatch(/experiment-\S+ has ended \(Succeeded\) and its pods no longer exist \[EXPERIMENT_OVER\]/);
});
