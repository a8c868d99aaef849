/**
 * Runs short shell scripts, a few shells at a time. Those that come meanwhile are run together, by one shell: to start a
 * process from a process as large as this one takes longer than what most of them do.
 */

const shells = 2;
/** For one shell: the last of its scripts waits for all before it. */
const mostScripts = 4;

interface Waiting {
  readonly script: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Says which script failed, and in the lines after that what it said. */
const step = ({ script }: Waiting, at: number) => `said=$(exec 2>&1
${script}
) || printf '\\n#%s\\n%s\\n' ${at} "$said"`;

export class ScriptQueue {
  readonly #run: (script: string) => Promise<string>;
  #waiting: Waiting[] = [];
  #running = 0;

  /** `run` answers what a shell printed that carried the script out. */
  constructor(run: (script: string) => Promise<string>) {
    this.#run = run;
  }

  /** Rejects with what the script said when its last command fails; `set -e` has no effect in it. */
  run(script: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ script, resolve, reject });
      if (this.#running < shells) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#running++;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#carryOut(batch);
    this.#running--;
  }

  #take(): readonly Waiting[] {
    return this.#waiting.splice(0, mostScripts);
  }

  async #carryOut(batch: readonly Waiting[]): Promise<void> {
    try {
      const [, ...failed] = (await this.#run(batch.map(step).join("\n"))).split(/^#(\d+)\n/m);
      const said = new Map(failed.flatMap((text, at) => (at % 2 === 0 ? [[Number(text), failed[at + 1] ?? ""]] : [])));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const complaint = said.get(at);
        if (complaint === undefined) resolve();
        else reject(new Error(complaint.trim()));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    }
  }
}
