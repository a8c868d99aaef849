/** `windlass schema`: the JSON Schema of manifests, with which editors complete and check them without a network. */
import type { Command } from "commander";
import { editorSchema } from "../../manifest/index.ts";
import { type Io, writeJson } from "../program/io.ts";

export function registerSchema(program: Command, io: Io): void {
  program
    .command("schema")
    .description("print the JSON Schema of manifests, for editors")
    .action(() => writeJson(io, editorSchema()));
}
