/** Manifests of a few words, whose lines the tests know; what `parseManifest` makes of them, in words. */
import { parseManifest } from "./index.ts";

const head = 'kind: AIchorManifest\napiVersion: "0.2.3"\n';
export const ray = (head: string, workers = "[]") => `    Head: ${head}\n    Workers: ${workers}\n`;
export const small = "{resources: {cpus: 1, ramRatio: 2}}";

/** A manifest whose `spec` begins on line 3; the operator is on line 4, the command on 5, more on 6 and on. */
export const manifest = (operator: string, types: string, more = "") =>
  `${head}spec:\n  operator: ${operator}\n  command: "python3 main.py"\n${more}  types:\n${types}`;
export const group = (resources: string) => manifest("pytorch", `    worker:\n      resources: ${resources}\n`);
export const jobs = (types: string) => manifest("jobset", types);
export const workers = (list: string) => manifest("kuberay", ray(small, `\n${list}`));
export const worker = (name: string, more = "") => `      - {name: ${name}, resources: {cpus: 1, memory: 2}${more}}\n`;

export const read = (text: string) => parseManifest(text, { file: "m.yaml" });
/** `line:column code`, warnings marked. */
export const found = (text: string) =>
  read(text).problems.map(
    ({ line, column, code, severity }) => `${line}:${column} ${code}${severity === "warning" ? " (warning)" : ""}`,
  );
