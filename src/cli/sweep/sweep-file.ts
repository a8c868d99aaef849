/** `sweep.yaml`: a sweep as a file, with the same fields as the flags. Values stay as they are written. Pure. */
import { parse } from "yaml";
import { closest } from "../../machinery/did-you-mean.ts";
import { sweepErrors } from "../errors/sweep.ts";
import { checkName, type Parameter, parseRange, type Space } from "./parse-parameter.ts";

export interface SweepFile {
  /** Relative to the file. */
  readonly manifest?: string;
  readonly parameters: readonly Parameter[];
  readonly samples?: string;
  readonly seed?: string;
  readonly parallel?: string;
  readonly pass?: string;
  readonly message?: string;
  readonly arguments: readonly string[];
}

const texts = ["manifest", "samples", "seed", "parallel", "pass", "message"] as const;
const fields = [...texts, "parameters", "arguments"];

type Fields = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

/** `{min: 1e-5, max: 1e-1, scale: log}` is what the flag writes as `1e-5..1e-1:log`. */
function spaceOf(name: string, value: unknown): Space {
  if (isTexts(value) && value.length > 0) return { type: "values", values: value };
  if (typeof value === "string") return parseRange(name, value) ?? { type: "values", values: [value] };
  if (isMap(value) && typeof value["min"] === "string" && typeof value["max"] === "string") {
    const range = parseRange(name, `${value["min"]}..${value["max"]}${value["scale"] === "log" ? ":log" : ""}`);
    if (range) return range;
  }
  throw sweepErrors.BAD_PARAMETER(name, "expected a list of values, FIRST..LAST, or min and max");
}

function content(text: string, file: string): Fields {
  try {
    // Of this schema every value is a text: `1e-3` and `0.10` stay what they are.
    const parsed: unknown = parse(text, { schema: "failsafe" });
    if (isMap(parsed)) return parsed;
  } catch (error) {
    throw sweepErrors.BAD_SWEEP_FILE(file, (error as Error).message.split("\n")[0] ?? "").because(error);
  }
  throw sweepErrors.BAD_SWEEP_FILE(file, "expected a mapping with the field parameters");
}

/** Throws UserError that names `file`. */
export function parseSweepFile(text: string, file: string): SweepFile {
  const all = content(text, file);
  for (const name of Object.keys(all)) {
    const near = closest(name, fields);
    const hint = near ? `; did you mean ${near}?` : `; fields: ${fields.join(", ")}`;
    if (!fields.includes(name)) throw sweepErrors.BAD_SWEEP_FILE(file, `unknown field ${name}${hint}`);
  }
  for (const name of texts)
    if (all[name] !== undefined && typeof all[name] !== "string")
      throw sweepErrors.BAD_SWEEP_FILE(file, `${name} must be a single value`);
  const parameters = all["parameters"];
  if (!isMap(parameters)) throw sweepErrors.BAD_SWEEP_FILE(file, "parameters must map names to values");
  const extra = all["arguments"] ?? [];
  if (!isTexts(extra)) throw sweepErrors.BAD_SWEEP_FILE(file, "arguments must be a list of strings");
  return {
    ...(Object.fromEntries(
      texts.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
    ) as Partial<SweepFile>),
    arguments: extra,
    parameters: Object.entries(parameters).map(([name, value]) => {
      checkName(name, name);
      return { name, space: spaceOf(name, value) };
    }),
  };
}
