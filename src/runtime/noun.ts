/**
 * How the runtime tells of writes: a noun for each sort of object, from which events and failures get their reasons and
 * sentences. A controller lists its nouns in its events.ts. Pure.
 */
import type { EventRecord } from "./event-record.ts";

export type Verb = "Create" | "Update" | "Delete";

/** `{object}` stands for the namespace and name of what was written, `{name}` for its name. */
export interface Telling {
  readonly reason?: string;
  readonly message?: string;
}

export interface Noun {
  /** In reasons: `HeadPod` makes `CreatedHeadPod`, `FailedToCreateHeadPod`, and the failure `FailedCreateHeadPod`. */
  readonly reason: string;
  /** In sentences: `head Pod` makes `Created head Pod default/a`. */
  readonly subject: string;
  /** What an upstream controller words otherwise. */
  readonly success?: Partial<Record<Verb, Telling>>;
  readonly failure?: Partial<Record<Verb, Telling>>;
  /** Only failures are told. */
  readonly quiet?: boolean;
  /** `action` of the events; the verb when absent. */
  readonly action?: string;
}

/** What was written, for the sentences. */
export interface Written {
  readonly namespace?: string;
  readonly name: string;
  /** Instead of namespace and name. */
  readonly object?: string;
}

const fill = (text: string, { namespace, name, object = namespace ? `${namespace}/${name}` : name }: Written): string =>
  text.replaceAll("{object}", object).replaceAll("{name}", name);

const past = (verb: Verb): string => `${verb}d`;

/** Undefined where successes are not told. `says`: the sentence of this very write. */
export function successOf(noun: Noun, verb: Verb, written: Written, says?: string): EventRecord | undefined {
  if (noun.quiet) return undefined;
  const { reason = `${past(verb)}${noun.reason}`, message } = noun.success?.[verb] ?? {};
  const text = says ?? message ?? `${past(verb)} ${noun.subject} {object}`;
  return { type: "Normal", reason, action: noun.action ?? verb, message: fill(text, written) };
}

/** The runtime appends the error's text. */
export function failureOf(noun: Noun, verb: Verb, written: Written): EventRecord {
  const { reason = `FailedTo${verb}${noun.reason}`, message } = noun.failure?.[verb] ?? {};
  const text = message ?? `Failed to ${verb.toLowerCase()} ${noun.subject} {object}`;
  return { type: "Warning", reason, action: noun.action ?? verb, message: fill(text, written) };
}
