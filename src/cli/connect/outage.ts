/**
 * Tells of a connection that is lost and of its return, one line each; gives up on a local cluster that stays down. Losing
 * the connection decides nothing about the experiment.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { UnreachableError } from "../../kube/errors.ts";
import { readRecord } from "../daemon/record.ts";
import { clusterErrors } from "../errors/cluster.ts";
import type { Target } from "./target.ts";

/** How long a local cluster may be down before it is taken to stay so. */
const patienceMs = 120_000;
const retryMs = 500;

export interface OutageOptions {
  /** Of the experiment that is watched. */
  readonly name: string;
  readonly say: (line: string) => void;
  /** In milliseconds. */
  readonly now: () => number;
}

export class Outage {
  readonly #target: Pick<Target, "name" | "local">;
  readonly #options: OutageOptions;
  #since: number | undefined;
  #hasToldDown = false;

  constructor(target: Pick<Target, "name" | "local">, options: OutageOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Throws UserError when the local cluster has been down for long. */
  lost(error: Error): void {
    const { name, local } = this.#target;
    const { say, now } = this.#options;
    const isDown = local !== undefined && !readRecord(local.server);
    if (isDown && !this.#hasToldDown) {
      this.#hasToldDown = true;
      say(`(the local cluster is down; this command resumes after \`windlass up\`)`);
    } else if (!isDown && this.#since === undefined)
      say(`(connection to ${name} lost: ${error.message}; reconnecting)`);
    this.#since ??= now();
    if (isDown && now() - this.#since > patienceMs) throw clusterErrors.LOCAL_CLUSTER_DOWN(this.#options.name);
  }

  /** To be called whenever an answer came. */
  back(): void {
    if (this.#since === undefined) return;
    this.#since = undefined;
    this.#hasToldDown = false;
    this.#options.say(`(reconnected to ${this.#target.name})`);
  }

  /** What `ask` resolves with once the server answers; what it refuses is thrown. */
  async outlast<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await ask();
        this.back();
        return answer;
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        this.lost(error);
      }
      await sleep(retryMs);
    }
  }
}
