/** `windlass migrate FILE`: an older manifest in today's form, on stdout or, with --write, in its place. */
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { migrateManifest, parseManifest } from "../../manifest/index.ts";
import { migrateErrors } from "../errors/migrate.ts";
import { type Io, writeJson } from "../program/io.ts";
import { findManifest } from "../submit/find-manifest.ts";
import { jsonOption } from "../display/json-option.ts";
import { formatProblems, summarize } from "../display/problems.ts";
import { readManifest, shownName } from "./validate.ts";

/** In one step: a crash leaves the old file or the new one. */
function replaceFile(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: statSync(file).mode });
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw migrateErrors.CANNOT_WRITE(file, (cause as Error).message).because(cause);
  }
}

interface MigrateFlags {
  readonly write?: boolean;
  readonly output?: string;
}

/** Changes and what is left to do go to stderr, so that stdout is the manifest and nothing else. */
function migrate(io: Io, path: string, flags: MigrateFlags): number {
  const file = findManifest(io.cwd, path);
  const shown = shownName(io, file);
  const result = migrateManifest(readManifest(io, file), { file: shown });
  if ("problems" in result) {
    io.stderr.write(`${formatProblems(io, result.problems)}\n`);
    throw migrateErrors.CANNOT_MIGRATE(shown, summarize(result.problems));
  }
  const { text, changes } = result;
  const { manifest, problems } = parseManifest(text, { file: flags.write ? shown : `${shown} (migrated)` });
  if (flags.write && changes.length > 0) replaceFile(file, text);
  if (flags.output === "json") {
    writeJson(io, { file: shown, changes, valid: manifest !== undefined, problems, manifest: text });
    return manifest ? 0 : 1;
  }
  for (const change of changes) io.stderr.write(`${shown}: ${change}\n`);
  if (changes.length === 0) io.stderr.write(`${shown}: nothing to change\n`);
  if (!flags.write) io.stdout.write(text);
  if (problems.length > 0) io.stderr.write(`${formatProblems(io, problems)}\n`);
  return manifest ? 0 : 1;
}

export function registerMigrate(program: Command, io: Io, exit: (status: number) => void): void {
  program
    .command("migrate")
    .argument("<file>", "manifest file, or a folder with a manifest.yaml")
    .description("convert an older manifest to version 0.2.3")
    .option("-w, --write", "overwrite the file instead of printing the result")
    .addOption(jsonOption("print the changes and the result as JSON"))
    .action((file: string, flags: MigrateFlags) => exit(migrate(io, file, flags)));
}
