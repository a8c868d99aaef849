/** An entry of a kubeconfig, and the texts and files it names: paths are relative to the file it stands in. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { KubeconfigError } from "./errors.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** An entry of `clusters`, `users` or `contexts`, with the file it came from. */
export interface Entry {
  readonly name: string;
  readonly fields: Fields;
  readonly file: string;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function readText(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = missing ? "does not exist" : `cannot be read: ${(cause as Error).message}`;
    throw new KubeconfigError(`${what} ${path} ${why}`, { cause });
  }
}

export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Inline data (base64, named `<name>-data`), else the file that is named. */
export function bytesOf({ fields, file }: Entry, name: string): Buffer | undefined {
  const inline = textOf(fields, `${name}-data`);
  if (inline) return Buffer.from(inline, "base64");
  const path = textOf(fields, name);
  return path ? Buffer.from(readText(resolve(dirname(file), path), `${name} of ${file}:`)) : undefined;
}
