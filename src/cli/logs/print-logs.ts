/** Prints logs: one pod's, those of many at once, or of all that come until the experiment has ended. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { findExperiment } from "../experiments/find.ts";
import { type Io, paint, type Style, writeLine } from "../program/io.ts";
import { lastState, LiveLine } from "../terminal/live-line.ts";
import { logSources, type LogSource, type ReadFlags } from "./log-sources.ts";
import type { Outage } from "../connect/outage.ts";
import { selectGroup } from "../pods/select-pods.ts";
import type { Target } from "../connect/target.ts";

export interface LogFormat {
  /** One JSON object a line. */
  readonly isJson: boolean;
  readonly hasTimes: boolean;
}

interface Printing {
  readonly request: ReadFlags;
  readonly format: LogFormat;
}

const colours: readonly Style[] = ["cyan", "green", "yellow", "magenta", "blue", "red"];

/** A pod's name, in a colour of its own and as wide as the longest of those it is among. */
function makePrefixes(io: Io): (pod: string, among: readonly LogSource[]) => string {
  let next = 0;
  return (pod, among) => {
    const width = Math.max(...among.map((source) => source.pod.length));
    return `${paint(io, colours[next++ % colours.length] ?? "cyan", pod.padEnd(width))} | `;
  };
}

/** Throws KubeError where the log cannot be read, UserError for a container that is not there. */
export async function printSource(
  io: Io,
  source: LogSource,
  how: Printing & { readonly prefix?: string },
): Promise<void> {
  const { request, format, prefix = "" } = how;
  const { pod } = source;
  // Of many pods at once only whole lines: they would draw over each other.
  const parts = request.follow === true && io.isTTY && !format.isJson && !prefix;
  const live = new LiveLine(io);
  let isDrawn = false;
  for await (const line of source.lines({ ...request, parts })) {
    const time = format.hasTimes ? `${line.time} ` : "";
    if (isDrawn) live.clear();
    isDrawn = line.isPart === true;
    if (isDrawn) live.draw(`${time}${lastState(line.text)}`);
    else writeLine(io, format.isJson ? JSON.stringify({ pod, ...line }) : `${prefix}${time}${lastState(line.text)}`);
  }
}

/** One of many: that it has no log yet, or any more, is not the end of the others'. */
async function printOne(io: Io, source: LogSource, how: Printing & { readonly prefix: string }): Promise<void> {
  try {
    await printSource(io, source, how);
  } catch (error) {
    io.stderr.write(`${how.prefix}(no log: ${(error as Error).message})\n`);
  }
}

const readAtOnce = 50;

/** Interleaves the pods' lines as they come, each behind its pod's name. */
export async function printMany(io: Io, sources: readonly LogSource[], how: Printing): Promise<void> {
  const prefixes = makePrefixes(io);
  const labelled = sources.map((source) => ({ source, prefix: prefixes(source.pod, sources) }));
  const read = async () => {
    for (let next = labelled.shift(); next; next = labelled.shift())
      await printOne(io, next.source, { ...how, prefix: next.prefix });
  };
  await Promise.all(Array.from({ length: readAtOnce }, read));
}

interface Following extends Printing {
  readonly name: string;
  readonly outage: Outage;
  /** Only pods of this part. */
  readonly group?: string;
}

const lookEveryMs = 500;
/** How long after the end the logs may still bring lines. */
const drainMs = 1500;

/** The same, of the pods that are there and of those that come; resolves with the experiment when it has ended. */
export async function followMany(
  io: Io,
  target: Target,
  { name, group, outage, ...how }: Following,
): Promise<Experiment> {
  const stop = new AbortController();
  const request = { ...how.request, follow: true, signal: stop.signal };
  const prefixes = makePrefixes(io);
  const streams = new Map<string, Promise<void>>();
  for (;;) {
    const experiment = await outage.outlast(() => findExperiment(target, name));
    const sources = await outage.outlast(() => logSources(target, experiment));
    const wanted = group === undefined ? sources : sources.filter(({ part }) => part === group);
    for (const source of wanted.filter(({ uid }) => !streams.has(uid))) {
      const prefix = prefixes(source.pod, wanted);
      streams.set(source.uid, printOne(io, source, { ...how, request, prefix }));
    }
    if (isExperimentFinished(experiment)) {
      // Only now is it certain that no such pod comes any more.
      if (group !== undefined && streams.size === 0) selectGroup(sources, group);
      await Promise.race([Promise.all(streams.values()), sleep(drainMs)]);
      stop.abort();
      return experiment;
    }
    await sleep(lookEveryMs);
  }
}
