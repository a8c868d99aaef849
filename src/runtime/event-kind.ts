/** The events that a controller may publish, as a list for the reference docs and for tests of what is published. Pure. */
import { failureOf, type Noun, successOf, type Verb } from "./noun.ts";
import type { EventRecord } from "./event-record.ts";

export interface EventKind {
  readonly type: "Normal" | "Warning";
  /** What is in braces stands for a name: `FailurePolicy_{rule}`. */
  readonly reason: string;
  readonly action: string;
  /** What it says: a sentence of its own, or the pattern of its texts. */
  readonly tells: string;
}

export const warning = (reason: string, action: string, tells: string): EventKind => ({
  type: "Warning",
  reason,
  action,
  tells,
});

export const eventOf = ({ type, reason, action }: EventKind, message: string): EventRecord => ({
  type,
  reason,
  action,
  message,
});

const pattern = { namespace: "NAMESPACE", name: "NAME" };

/** Those of the writes of a noun that a controller makes: a success, where it is told, and a failure for each verb. */
export const eventsOf = (noun: Noun, ...verbs: readonly Verb[]): readonly EventKind[] =>
  verbs
    .flatMap((verb) => {
      const failure = failureOf(noun, verb, pattern);
      return [successOf(noun, verb, pattern), { ...failure, message: `${failure.message}: ERROR` }];
    })
    .filter((event) => event !== undefined)
    .map(({ message, ...event }) => ({ ...event, tells: message }));
