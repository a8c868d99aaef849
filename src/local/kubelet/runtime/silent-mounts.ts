/**
 * Mounts of this machine that do not answer: a server that is gone, a FUSE program that hangs. Whoever touches one hangs
 * with it, and pods are made one after the other. So a short process touches them first, and nobody waits for it for long.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { linkOf } from "./links.ts";
import { tool } from "./processes.ts";
import { remembering } from "./remember.ts";

export interface Question {
  /** Whether there was an answer within the time that pods can wait. */
  readonly inTime: Promise<boolean>;
  /** Resolves when nobody waits for the mount any longer. */
  readonly ended: Promise<void>;
}

export interface SilentMountsOptions {
  /** Milliseconds. */
  readonly now: () => number;
  /** The kernel's table of mounts. */
  readonly table: () => string;
  readonly ask: (mount: string) => Question;
  /** Called when a mount has fallen silent, and when it answers again. */
  readonly changed: (mount: string, answers: boolean) => void;
}

/** File systems that another machine or another program serves. */
const served = /^(nfs4?|cifs|smb3?|9p|ceph|lustre|glusterfs|afs|beegfs|gpfs|fuse|fuseblk|fuse\..+)$/;
const rememberMs = 10_000;
const patienceMs = 1000;
const mostLinks = 40;

const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

/** Mount points of the file systems that may fall silent. `table` is that of `/proc/self/mountinfo`. */
export function servedMounts(table: string): readonly string[] {
  const mounts = table.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [type = ""] = after.split(" ");
    return served.test(type) ? [unescape(before.split(" ")[4] ?? "")] : [];
  });
  return [...new Set(mounts)];
}

export class SilentMounts {
  readonly #options: SilentMountsOptions;
  readonly #known = new Map<string, { readonly at: number; readonly answers: boolean }>();
  readonly #asked = new Map<string, Question>();

  constructor(options: SilentMountsOptions) {
    this.#options = options;
  }

  /** Those that are silent now; takes as long as pods can wait, and no time for one that was silent before. */
  async find(): Promise<readonly string[]> {
    const mounts = servedMounts(this.#options.table());
    for (const mount of this.#known.keys()) if (!mounts.includes(mount)) this.#known.delete(mount);
    const answers = await Promise.all(mounts.map((mount) => this.#answers(mount)));
    return mounts.filter((_, at) => !answers[at]);
  }

  async #answers(mount: string): Promise<boolean> {
    const known = this.#known.get(mount);
    if (known && this.#options.now() - known.at < rememberMs) return known.answers;
    const asked = this.#ask(mount);
    return known?.answers === false ? false : asked;
  }

  #ask(mount: string): Promise<boolean> {
    const asked = this.#asked.get(mount);
    if (asked) return asked.inTime;
    const question = this.#options.ask(mount);
    this.#asked.set(mount, question);
    void question.ended.then(() => this.#asked.delete(mount));
    return question.inTime.then((answers) => {
      const before = this.#known.get(mount)?.answers ?? true;
      this.#known.set(mount, { at: this.#options.now(), answers });
      if (before !== answers) this.#options.changed(mount, answers);
      return answers;
    });
  }
}

/** An error is an answer, too. */
function askBySystem(mount: string): Question {
  const child = spawn(tool("stat"), ["-c", "%i", mount], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const inTime = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => {
      resolve(false);
      // One that the kernel does not let go ends with the mount.
      child.kill("SIGKILL");
      child.unref();
    }, patienceMs);
    void ended.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
  return { inTime, ended };
}

const mountTable = "/proc/self/mountinfo";

const readTable = () => (existsSync(mountTable) ? readFileSync(mountTable, "utf8") : "");

/** Of the machine that this process sees. */
export function machineSilentMounts(changed: SilentMountsOptions["changed"]): SilentMounts {
  const now = () => performance.now();
  const remember = remembering<string>(now);
  return new SilentMounts({ now, table: () => remember("", readTable), ask: askBySystem, changed });
}

/** The mount, of those that are silent, which a path leads into by whatever links; it is not touched. */
export function silentMountOf(path: string, silent: readonly string[]): string | undefined {
  if (silent.length === 0) return undefined;
  let done = "/";
  let left = path.split("/");
  for (let links = 0; left.length > 0 && links < mostLinks; ) {
    const [part = "", ...rest] = left;
    left = rest;
    if (part === "" || part === ".") continue;
    const at = part === ".." ? dirname(done) : `${done === "/" ? "" : done}/${part}`;
    if (silent.includes(at)) return at;
    const to = linkOf(at);
    done = to === undefined ? at : "/";
    if (to === undefined) continue;
    left = [...to.split("/"), ...rest];
    links++;
  }
  return undefined;
}
