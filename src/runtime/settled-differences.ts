/**
 * Remembers differences that the server has settled: what it made of what we asked for. Defaults inside lists,
 * quantities in another spelling, fields it dropped would otherwise be patched in vain on every reconcile. Purely an
 * economy: it is forgotten with the process, and a change of the fields concerned, by anybody, ends it.
 */
import { deepEqual } from "../machinery/deep-equal.ts";

interface Difference {
  /** The patch that was left to send after the server had answered. */
  readonly patch: unknown;
  /** What the object held where that patch would have changed it. */
  readonly held: unknown;
}

const most = 10_000;
const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The parts of `live` that `patch` names. */
function heldAt(live: unknown, patch: unknown): unknown {
  if (!isMapping(patch)) return live;
  const from = isMapping(live) ? live : {};
  return Object.entries(patch).map(([key, value]) => [key, heldAt(from[key], value)]);
}

export class SettledDifferences {
  readonly #known = new Map<string, Difference>();

  /** `patch`, or undefined when the server is known to leave `live` as it is. `key` names the object and the writer's part of it. */
  pending(key: string, patch: unknown, live: unknown): unknown {
    if (patch === undefined) return undefined;
    const known = this.#known.get(key);
    return known && deepEqual(known.patch, patch) && deepEqual(known.held, heldAt(live, patch)) ? undefined : patch;
  }

  /** To be told what is still different in the server's answer. */
  learn(key: string, patch: unknown, live: unknown): void {
    this.#known.delete(key);
    if (patch === undefined) return;
    this.#known.set(key, { patch, held: heldAt(live, patch) });
    const [oldest] = this.#known.keys();
    if (this.#known.size > most && oldest !== undefined) this.#known.delete(oldest);
  }
}
