/** Outputs in one line, for the end of `run` and the foot of a list. */
import type { Experiment } from "../../api/experiment/types.ts";
import { formatHumanBytes } from "../../machinery/human-quantity.ts";
import { nameOf } from "../experiments/find.ts";
import type { Io } from "../program/io.ts";
import type { Target } from "../connect/target.ts";
import { openStore } from "./open-store.ts";
import type { OutputFile } from "./store.ts";

/** `3 files, 1.2 MiB`. */
export function summarise(files: readonly OutputFile[]): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return `${files.length === 1 ? "1 file" : `${files.length} files`}, ${formatHumanBytes(bytes)}`;
}

const most = 10_000;

/** Undefined when there are none, or they are out of reach: the run itself has been told. */
export async function outputsLine(io: Io, target: Target, experiment: Experiment): Promise<string | undefined> {
  try {
    const store = await openStore(io, target, experiment);
    const files = await store.list(most);
    if (files.length === 0) return undefined;
    const count = files.length < most ? summarise(files) : `more than ${most.toLocaleString("en-US")} files`;
    return `  outputs: ${count} in ${store.place} · windlass outputs ${nameOf(experiment)}`;
  } catch {
    return undefined;
  }
}
