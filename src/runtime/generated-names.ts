/**
 * Names for objects of which a plan says only how they begin. A create whose answer was lost may have been carried out: the
 * next try for the same slot of the same root takes the same name, and finds what there is. Forgotten with the process,
 * whose successor lists what exists before it makes anything.
 */
import { randomSuffix } from "../machinery/names.ts";
import type { Clock } from "./clock.ts";

interface Unsure {
  readonly name: string;
  readonly at: number;
}

/** Longer than an API server works on a request. By then the watch has told what became of it. */
const unsureMs = 120_000;

export class GeneratedNames {
  readonly #clock: Clock;
  readonly #random: () => number;
  /** By slot, the name of a create without an answer. */
  readonly #unsure = new Map<string, Unsure>();

  /** `random` yields [0, 1). */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** To be settled as soon as the server has said what became of the create. */
  take(slot: string, prefix: string): string {
    const at = this.#clock.now().getTime();
    const earlier = this.#unsure.get(slot);
    const isSame = earlier !== undefined && at - earlier.at < unsureMs && earlier.name.startsWith(prefix);
    const name = isSame ? earlier.name : `${prefix}${randomSuffix(this.#random)}`;
    this.#unsure.set(slot, isSame ? earlier : { name, at });
    return name;
  }

  /** The slot's next object is another one. */
  settle(slot: string): void {
    this.#unsure.delete(slot);
  }
}
