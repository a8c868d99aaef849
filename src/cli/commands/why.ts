/** `windlass why`: what an experiment or a workload waits for, or why it failed, and what to do about it. */
import type { Command } from "commander";
import { type Io, writeJson, writeLine } from "../program/io.ts";
import { jsonOption } from "../display/json-option.ts";
import { type TargetFlags, withConnection, withTarget } from "../connect/target.ts";
import { collect, readLastLines } from "../why/collect.ts";
import { explain } from "../why/explain.ts";
import { renderFindings } from "../why/render.ts";

interface WhyFlags extends TargetFlags {
  readonly output?: string;
}

const shownLines = 10;

async function why(io: Io, name: string, flags: WhyFlags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const findings = explain(await collect(target, name));
    const [first] = findings;
    const read = first?.log ? await readLastLines(target, first.log, shownLines) : [];
    const lastLines = read.length > 0 ? read : (first?.printed ?? []).slice(-shownLines);
    if (flags.output === "json") return writeJson(io, { findings, lastLines });
    writeLine(io, renderFindings(io, findings, lastLines));
  });
}

export function registerWhy(program: Command, io: Io): void {
  withTarget(program.command("why"))
    .argument("<name>", "experiment, or rayjob/NAME, raycluster/NAME, jobset/NAME")
    .description("explain why an experiment waits or failed, and what to do about it")
    .addOption(jsonOption("print the findings as JSON"))
    .action((name: string, flags: WhyFlags) => why(io, name, flags));
}
