/** Ctrl-C on a real terminal: a question, and its answers. */
import { type ChildProcess, spawn } from "node:child_process";
import { afterAll, describe, expect, test } from "vitest";
import { eventually, programFile, shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

/** Runs a program on a terminal of 100 columns; what is written to its stdin is typed there. */
const onTerminal = `import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
import select
sources = [0, terminal]
while True:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 4096)
        except OSError:
            data = b""
        if source == 0 and data:
            os.write(terminal, data)
        elif source == 0:
            sources.remove(0)
        elif data:
            os.write(1, data)
        else:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

const interrupt = "\u0003";
const down = "\u001b[B";
const enter = "\r";

interface Terminal {
  readonly child: ChildProcess;
  readonly ended: Promise<number>;
  output(): string;
  type(keys: string): void;
  /** Resolves when what was printed since the call before has `text`. */
  shows(text: string): Promise<void>;
}

function terminal(...args: readonly string[]): Terminal {
  const { NO_COLOR: _, ...inherited } = windlass.env;
  const env = { ...inherited, TERM: "xterm-256color" };
  const child = spawn("python3", ["-c", onTerminal, process.execPath, programFile, ...args], { env });
  let output = "";
  let seen = 0;
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    child,
    ended: new Promise((resolve) => void child.once("close", (code) => resolve(code ?? -1))),
    output: () => output,
    type: (keys) => void child.stdin.write(keys),
    shows: async (text) => {
      const found = await eventually(() => output.indexOf(text, seen) + 1 || undefined, text, 15_000).catch(() => 0);
      if (found === 0) throw new Error(`not on the terminal: ${text}\n${JSON.stringify(output.slice(seen))}`);
      seen = found + text.length - 1;
    },
  };
}

const stateOf = async () =>
  (await windlass.json<{ readonly status: { readonly state: string } }>("get", "latest")).status.state;

async function asked(command = "echo it runs; sleep 1000"): Promise<Terminal> {
  const run = terminal("run", windlass.project(shellManifest(command)));
  await run.shows("it runs");
  run.type(interrupt);
  await run.shows("The experiment is still running");
  await run.shows("cancel it");
  return run;
}

describe("Ctrl-C asks", () => {
  test('and "keep watching" goes on to the end', async () => {
    const run = await asked("echo it runs; sleep 4; echo and ends");
    run.type(enter);
    await run.shows("and ends");
    await run.shows("Succeeded");
    expect(await run.ended).toBe(0);
  });

  test('and "detach" leaves the experiment running', async () => {
    const run = await asked();
    run.type(down);
    await run.shows("it goes on in the background");
    run.type(enter);
    await run.shows("goes on; `windlass logs -f");
    expect(await run.ended).toBe(0);
    expect(await stateOf()).toBe("Processing");
    expect((await windlass.run("cancel", "latest")).status).toBe(0);
  });

  test('and "cancel it" ends it', async () => {
    const run = await asked();
    run.type(down);
    await run.shows("it goes on in the background");
    run.type(down);
    await run.shows("cancel it");
    run.type(enter);
    await run.shows("cancelling");
    await run.shows("Cancelled");
    expect(await run.ended).toBe(130);
    expect(await stateOf()).toBe("Cancelled");
  });

  test("and a second Ctrl-C cancels; a third leaves at once", async () => {
    const run = await asked("trap '' TERM; echo it runs; while :; do sleep 1; done");
    run.type(interrupt);
    await run.shows("cancelling");
    run.type(interrupt);
    expect(await run.ended).toBe(130);
    await eventually(async () => (await stateOf()) === "Cancelled", "it is cancelled all the same");
  });
});

test("what is on the terminal before and after is left as it was", async () => {
  const run = terminal("run", windlass.project(shellManifest("echo one; sleep 1; echo two")));
  await run.shows("one");
  await run.shows("two");
  expect(await run.ended).toBe(0);
  const hidden = run.output().lastIndexOf("\u001b[?25l");
  expect(run.output().lastIndexOf("\u001b[?25h")).toBeGreaterThanOrEqual(hidden);
});
