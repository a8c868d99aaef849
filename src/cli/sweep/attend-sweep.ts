/** Watches a sweep to its end, a line a change. It runs in the control plane: whoever stops watching stops nothing. */
import { asCalled } from "../program/called-as.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { Sweep as SweepKind } from "../../api/sweep/kinds.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { sweepLabel } from "../../api/sweep/labels.ts";
import { isSweepFinished, type Sweep } from "../../api/sweep/types.ts";
import { follow } from "../connect/follow.ts";
import { holdUntilOver } from "../terminal/hold.ts";
import { type Io, writeLine } from "../program/io.ts";
import type { Target } from "../connect/target.ts";
import { headOf, trialLine } from "./draw-sweep.ts";
import { findSweep, trialsOf } from "./find-sweep.ts";

/** Tells each change of state once. */
function teller(io: Io): (experiments: Iterable<Experiment>) => void {
  const told = new Map<string, string>();
  return (experiments) => {
    for (const experiment of experiments) {
      const { name = "" } = experiment.metadata;
      const state = experiment.status?.state ?? "Processing";
      if (told.get(name) === state) continue;
      told.set(name, state);
      writeLine(io, trialLine(io, experiment, new Date()));
    }
  };
}

/** Resolves with the exit status: 0 when every trial has succeeded, or the user stopped watching. */
export async function attendSweep(io: Io, target: Target, name: string): Promise<number> {
  const stop = new AbortController();
  const tell = teller(io);
  const options = { namespace: target.namespace, labelSelector: `${sweepLabel}=${name}` };
  const changed = (objects: ReadonlyMap<string, Experiment>) => tell(objects.values());
  // That the connection is lost for long is told by what is held below.
  const outage = { lost: () => {}, back: () => {} };
  const following = follow<Experiment>(target, { kind: ExperimentKind, options, changed, outage, signal: stop.signal });
  const over = (sweep: Sweep | undefined) => (!sweep ? `${name} was deleted` : isSweepFinished(sweep) ? "" : undefined);
  const why = await holdUntilOver<Sweep>(target, { kind: SweepKind, name, over });
  if (why === undefined) {
    const text = `${name} continues; \`windlass sweep status ${name}\` shows it, \`windlass sweep cancel ${name}\` cancels it`;
    writeLine(io, asCalled(io, text));
    stop.abort();
    return 0;
  }
  if (why !== "") {
    io.stderr.write(`${why}\n`);
    stop.abort();
    return 1;
  }
  tell(await trialsOf(target, name));
  stop.abort();
  await following;
  const sweep = await findSweep(target, name);
  writeLine(io, headOf(io, sweep));
  writeLine(io, asCalled(io, `compare the results: \`windlass compare --sweep ${name}\``));
  return sweep.status?.state === "Succeeded" ? 0 : 1;
}
