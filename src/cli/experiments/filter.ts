/** Which experiments flags and words mean: by state, labels, age and text. Pure. */
import type { Command } from "commander";
import { experimentSteps } from "../../api/experiment/schema.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { parseAge } from "../../machinery/duration.ts";
import { matchesLabels, parseSelector, type Selector, SelectorError } from "../../machinery/selector.ts";
import { collect } from "../program/collect.ts";
import { selectionErrors } from "../errors/selection.ts";

export interface FilterFlags {
  readonly state?: string;
  readonly label?: readonly string[];
  readonly since?: string;
  readonly olderThan?: string;
}

export type ExperimentFilter = (experiment: Pick<Experiment, "metadata" | "status">) => boolean;

const states = ["Processing", "Succeeded", "Failed", "Cancelled"];
const known = [...states, ...experimentSteps];

function stateFilter(text: string): ExperimentFilter {
  const wanted = text.split(",").map((word) => {
    const found = known.find((name) => name.toLowerCase() === word.trim().toLowerCase());
    if (found === undefined) throw selectionErrors.STATE_UNKNOWN(word.trim(), known);
    return found;
  });
  return ({ status }) => wanted.includes(status?.state ?? "Processing") || wanted.includes(status?.step ?? "Waiting");
}

function selectorOf(text: string): Selector {
  try {
    return parseSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) throw selectionErrors.SELECTOR_INVALID(text, error.message).because(error);
    throw error;
  }
}

function labelFilter(texts: readonly string[]): ExperimentFilter {
  const selectors = texts.map(selectorOf);
  return ({ metadata }) => selectors.every((selector) => matchesLabels(selector, metadata.labels));
}

/** The moment that was `text` ago. */
export function timeBefore(flag: string, text: string, now: Date): Date {
  const ms = parseAge(text);
  if (ms === undefined) throw selectionErrors.AGE_INVALID(flag, text);
  return new Date(now.getTime() - ms);
}

/** When it ended; for one that goes on, when it was created. */
const lastTime = ({ status, metadata }: Pick<Experiment, "metadata" | "status">): Date =>
  new Date(status?.endTime ?? metadata.creationTimestamp ?? 0);

/** Undefined when no flag asks for anything. Throws UserError for a flag that cannot be understood. */
export function parseFilter(flags: FilterFlags, now: Date): ExperimentFilter | undefined {
  const { state, label, since, olderThan } = flags;
  const filters: ExperimentFilter[] = [];
  if (state !== undefined) filters.push(stateFilter(state));
  if (label !== undefined) filters.push(labelFilter(label));
  if (since !== undefined) {
    const from = timeBefore("--since", since, now);
    filters.push(({ metadata }) => new Date(metadata.creationTimestamp ?? 0) >= from);
  }
  if (olderThan !== undefined) {
    const to = timeBefore("--older-than", olderThan, now);
    filters.push((experiment) => lastTime(experiment) <= to);
  }
  return filters.length === 0 ? undefined : (experiment) => filters.every((filter) => filter(experiment));
}

/** Every word stands somewhere in the name, the message, the outcome or the labels; letters' case is ignored. */
export function matchesWords(experiment: Experiment, words: readonly string[]): boolean {
  const { metadata, spec, status } = experiment;
  const labels = Object.entries(metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const text = [metadata.name, spec.id, spec.message, status?.operator, status?.reason, status?.message, ...labels];
  const all = text.filter(Boolean).join("\n").toLowerCase();
  return words.every((word) => all.includes(word.toLowerCase()));
}

export function withStateAndLabel(command: Command): Command {
  return command
    .option("--state <states>", "only experiments in these states or steps, such as Failed,Cancelled or Running")
    .option(
      "-l, --label <selector>",
      "only experiments with matching labels: key=value, key!=value, key (repeatable)",
      collect,
    );
}
