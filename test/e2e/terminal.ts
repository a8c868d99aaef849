/**
 * A command on a real terminal: a pseudo-terminal of its own session, as a terminal window makes one. What is typed goes
 * through the terminal's own rules, so that Ctrl-C is a signal to every process there. Python's `pty` makes it.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { eventually } from "../../src/testing/eventually.ts";
import { root } from "./windlass.ts";

/** Runs a program on a terminal; what is written to stdin is typed there, and the end of stdin closes the terminal. */
const driver = `import fcntl, os, pty, select, struct, sys, termios
columns = int(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
def end():
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.exit(code if code >= 0 else 128 - code)
while True:
    for source in select.select([0, terminal], [], [])[0]:
        try:
            data = os.read(source, 4096)
        except OSError:
            data = b""
        if source == 0 and data:
            os.write(terminal, data)
        elif source == 0:
            os.close(terminal)
            end()
        elif data:
            os.write(1, data)
        else:
            end()
`;

export const keys = { interrupt: "\u0003", down: "\u001b[B", enter: "\r", backspace: "\u007f" } as const;

export interface Terminal {
  /** The exit status as a shell tells it: 128 and the signal's number for a command that a signal ended. */
  readonly ended: Promise<number>;
  /** All that the terminal was given to show. */
  output(): string;
  type(keys: string): void;
  /** Closes the window. */
  close(): void;
  /** Resolves when what was printed since the call before has `text`. */
  shows(text: string): Promise<void>;
}

export interface TerminalOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly columns?: number;
  readonly cwd?: string;
}

export function openTerminal(
  command: readonly string[],
  { env, columns = 100, cwd = root }: TerminalOptions,
): Terminal {
  const { NO_COLOR: _, ...inherited } = env;
  const child = spawn("python3", ["-c", driver, String(columns), ...command], {
    env: { ...inherited, TERM: "xterm-256color" },
    cwd,
  });
  let output = "";
  let seen = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return {
    ended: new Promise((resolve) => void child.once("close", (code) => resolve(code ?? -1))),
    output: () => output,
    type: (text) => void child.stdin.write(text),
    close: () => void child.stdin.end(),
    shows: async (text) => {
      const found = await eventually(() => output.indexOf(text, seen) + 1 || undefined, text, 60_000).catch(() => 0);
      if (found === 0) throw new Error(`not on the terminal: ${text}\n${JSON.stringify(output.slice(seen))}`);
      seen = found + text.length - 1;
    },
  };
}

const ownBin = join(root, "node_modules", ".bin");
const elsewhere = (process.env["PATH"] ?? "").split(":").filter((folder) => !folder.includes("node_modules"));

export interface Way {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Some shells that npm calls are ended by Ctrl-C, whatever the command makes of it, and npm then ends as they do. */
  readonly hasOwnStatus: boolean;
}

const bin = join(root, "bin", "windlass");
const npx = ["npx", "windlass"];
/** Becomes the command, which then gets the signals that npm passes on. */
const bash = { npm_config_script_shell: "bash" };

const commands: Readonly<Record<string, Way>> = {
  directly: { command: [bin], env: {}, hasOwnStatus: true },
  "through npx": { command: npx, env: {}, hasOwnStatus: false },
  "through npx and bash": { command: npx, env: bash, hasOwnStatus: true },
  "through npm run": { command: ["npm", "run", "--silent", "windlass", "--"], env: {}, hasOwnStatus: false },
};

const nodes: Readonly<Record<string, readonly string[]>> = {
  "the machine's Node": elsewhere,
  "Node 24": [ownBin, ...elsewhere],
};

/** Every way in which a person calls the command, by name. */
export const waysToCall: readonly (readonly [name: string, way: Way])[] = Object.entries(nodes).flatMap(
  ([node, folders]) =>
    Object.entries(commands).map(
      ([how, way]) => [`${how}, ${node}`, { ...way, env: { ...way.env, PATH: folders.join(":") } }] as const,
    ),
);
