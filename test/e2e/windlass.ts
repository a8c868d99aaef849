/** The command line as a person uses it: run, with a home of its own, its output and its exit status kept. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const programFile = join(root, "bin", "windlass.mjs");

export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order of their streams. */
  readonly output: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
  /** What was printed so far. */
  output(): string;
}

export class Windlass {
  readonly home: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #as: readonly string[];

  /** `as`: the start of every command, which makes it another user's. The cache is shared, so that an environment is made once. */
  constructor(env: Readonly<Record<string, string>> = {}, as: readonly string[] = []) {
    this.home = mkdtempSync(join("/var/tmp", "windlass-e2e-"));
    this.#env = env;
    this.#as = as;
  }

  /** Of every process that it starts. */
  get env(): NodeJS.ProcessEnv {
    return { ...withoutNpm, NO_COLOR: "1", XDG_STATE_HOME: this.home, XDG_CACHE_HOME: cacheHome, ...this.#env };
  }

  start(...args: readonly string[]): Started {
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const [file = "", ...argv] = [...this.#as, process.execPath, programFile, ...args];
    const child = spawn(file, argv, { cwd: root, env: this.env, stdio: [...stdio] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<Run>((resolve) => {
      child.on("close", (code) => resolve({ status: code ?? -1, stdout, stderr, output: stdout + stderr }));
    });
    return { child, ended, output: () => stdout + stderr };
  }

  run(...args: readonly string[]): Promise<Run> {
    return this.start(...args).ended;
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, output, status } = await this.run(...args, "-o", "json");
    if (status !== 0) throw new Error(output);
    return JSON.parse(stdout) as T;
  }

  get state(): string {
    return join(this.home, "windlass");
  }

  /** Process id of the local cluster. */
  pid(): number {
    return (JSON.parse(readFileSync(join(this.state, "server.json"), "utf8")) as { pid: number }).pid;
  }

  /** Writes a folder with a manifest (and other files); answers its path. */
  project(manifest: string, files: Readonly<Record<string, string>> = {}): string {
    const folder = mkdtempSync(join(this.home, "project-"));
    for (const [name, text] of Object.entries({ "manifest.yaml": manifest, ...files })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return folder;
  }

  async stop(): Promise<void> {
    await this.run("down");
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** What npm sets for the program that runs these tests is not how the command was called. */
const withoutNpm = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));

const cacheHome = process.env["WINDLASS_E2E_CACHE"] ?? "/var/tmp/windlass-e2e-cache";

/** A JobSet manifest of one pod with a command: starts in a second, needs nothing but a shell. */
export const shellManifest = (command: string, more = ""): string => `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: jobset
  image: shell
  command: ${JSON.stringify(command)}
${more}  types:
    main:
      resources: { cpus: 0.1, ramRatio: 1 }
`;

/** A Ray cluster of a head and one worker, group `cpu`, which runs the folder's `main.py`. */
export const rayManifest = (image: string): string => `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: kuberay
  image: ${image}
  command: python3 -u main.py
  rayVersion: "2.60.0"
  types:
    Head: { resources: { cpus: 0.2, memory: 1.5 } }
    Workers: [{ name: cpu, count: 1, resources: { cpus: 0.2, memory: 1.5 } }]
`;

/** Ids of the processes whose environment or command line mentions `mark`. */
export function processesWith(mark: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark) ||
          readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark)
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}
