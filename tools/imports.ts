/** What a file imports, read from its text. */
import { readFileSync } from "node:fs";

const importOf = /^(?:import|export)\b[^;]*?\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

/** Specifiers of a file's imports, types included. */
export function importsOf(file: string): string[] {
  const found = readFileSync(file, "utf8").matchAll(importOf);
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? "").filter(Boolean);
}
