/** `windlass outputs NAME`: what an experiment left, and bringing it here. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { formatAge } from "../../machinery/duration.ts";
import { formatHumanBytes } from "../../machinery/human-quantity.ts";
import { findExperiment, nameOf } from "../experiments/find.ts";
import { type Io, writeJson, writeLine } from "../program/io.ts";
import { formatColumns } from "../display/columns.ts";
import { jsonOption } from "../display/json-option.ts";
import { downloadAll } from "../outputs/download.ts";
import { openStore } from "../outputs/open-store.ts";
import type { OutputFile } from "../outputs/store.ts";
import { summarise } from "../outputs/summary.ts";
import { type TargetFlags, withConnection, withTarget } from "../connect/target.ts";

interface OutputsFlags extends TargetFlags {
  readonly download?: string;
  readonly output?: string;
}

function drawFiles(files: readonly OutputFile[], now: Date): string {
  const rows = files.map(({ path, bytes, modified }) => [
    formatHumanBytes(bytes),
    `${formatAge(Math.max(0, now.getTime() - modified.getTime()))} ago`,
    path,
  ]);
  return formatColumns(["SIZE", "WRITTEN", "FILE"], rows);
}

async function outputs(io: Io, name: string, flags: OutputsFlags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const experiment = await findExperiment(target, name);
    const store = await openStore(io, target, experiment);
    const files = await store.list();
    const folder = flags.download === undefined ? undefined : resolve(io.cwd, flags.download);
    if (folder !== undefined) await downloadAll(store, files, folder);
    const { place } = store;
    if (flags.output === "json")
      return writeJson(io, { experiment: nameOf(experiment), place, ...(folder && { downloadedTo: folder }), files });
    const summary = summarise(files);
    if (files.length === 0) return writeLine(io, `no outputs in ${place}`);
    if (folder !== undefined) return writeLine(io, `${summary} downloaded to ${folder}`);
    writeLine(io, `${drawFiles(files, new Date())}\n\n${summary} in ${place}`);
  });
}

export function registerOutputs(program: Command, io: Io): void {
  withTarget(program.command("outputs"))
    .argument("<name>", "experiment: name, prefix of the name, or `latest`")
    .description("list or download the files in an experiment's outputs folder")
    .option("--download <folder>", "download them to this folder")
    .addOption(jsonOption())
    .action((name: string, flags: OutputsFlags) => outputs(io, name, flags));
}
