/** What built references stand for: a file each, by the digest in the reference. Knows nothing of how they are built. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../contracts.ts";
import type { EnvironmentRequest } from "./environments/request.ts";
import type { PlacedSource } from "./place-source.ts";
import { builtPrefix } from "./requirements.ts";

export interface BuiltRecipe {
  readonly reference: string;
  /** What the request's paths are in. */
  readonly source: string;
  readonly request: EnvironmentRequest;
  readonly placed: PlacedSource;
  readonly env: Readonly<Record<string, string>>;
  /** Folders of programs before the environment's. */
  readonly path: readonly string[];
  /** How containers work in it. */
  readonly seen: Pick<Environment, "workingDir" | "entrypoint" | "command">;
  /** Programs that the environment lacks, each in an environment of its own. */
  readonly programs: readonly string[];
}

export interface BuiltImages {
  fileOf(reference: string): string;
  /** Undefined for one that is not here, or that another version of Windlass wrote. */
  read(reference: string): BuiltRecipe | undefined;
  keep(recipe: BuiltRecipe): void;
}

export function builtImages(folder: string): BuiltImages {
  const fileOf = (reference: string) =>
    join(folder, `${reference.slice(builtPrefix.length).replaceAll(/[/:]/g, "_")}.json`);
  return {
    fileOf,
    read(reference) {
      const file = fileOf(reference);
      const recipe = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<BuiltRecipe>) : undefined;
      return recipe?.request && recipe.placed ? (recipe as BuiltRecipe) : undefined;
    },
    keep(recipe) {
      const file = fileOf(recipe.reference);
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(recipe));
      renameSync(`${file}.new`, file);
    },
  };
}
