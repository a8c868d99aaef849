/** What a parameter may be: `lr=1e-3,1e-4`, `seed=0..4`, `lr=1e-5..1e-1:log`. Values stay as they are written. Pure. */
import { parameterName } from "../../manifest/index.ts";
import { sweepErrors } from "../errors/sweep.ts";

export type Space =
  | { readonly type: "values"; readonly values: readonly string[] }
  /** To draw from: any number between the two. */
  | { readonly type: "range"; readonly min: number; readonly max: number; readonly scale: "linear" | "log" };

export interface Parameter {
  readonly name: string;
  readonly space: Space;
}

const mostValues = 5000;
const number = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const range = new RegExp(`^(${number})\\.\\.(${number})(?::(log|${number}))?$`);

/** Every whole number from the first to the last; undefined for what is no such range. */
function wholeNumbers(min: number, max: number, step: number): readonly string[] | undefined {
  if (![min, max, step].every(Number.isInteger) || step < 1) return undefined;
  const count = Math.floor((max - min) / step) + 1;
  if (count > mostValues) return undefined;
  return Array.from({ length: count }, (_, at) => String(min + at * step));
}

/** Of a text such as `0..4`; undefined for what is no range. Throws UserError for one that cannot be. */
export function parseRange(name: string, text: string): Space | undefined {
  const [, first, last, how] = range.exec(text) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const [min, max] = [Number(first), Number(last)];
  if (min >= max) throw sweepErrors.BAD_PARAMETER(`${name}=${text}`, `${first} is not less than ${last}`);
  const values = how === "log" ? undefined : wholeNumbers(min, max, Number(how ?? 1));
  if (values) return { type: "values", values };
  if (how !== undefined && how !== "log")
    throw sweepErrors.BAD_PARAMETER(
      `${name}=${text}`,
      "a range with a step takes whole numbers, at most 5,000 of them",
    );
  if (how === "log" && min <= 0)
    throw sweepErrors.BAD_PARAMETER(`${name}=${text}`, "a logarithmic range must begin above 0");
  return { type: "range", min, max, scale: how === "log" ? "log" : "linear" };
}

export function checkName(name: string, shown: string): void {
  if (!parameterName.test(name))
    throw sweepErrors.BAD_PARAMETER(shown, "expected NAME=VALUE,VALUE… or NAME=FIRST..LAST");
}

/** Throws UserError. */
export function parseParameter(text: string): Parameter {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0));
  checkName(name, text);
  const given = text.slice(at + 1);
  const values = given.split(",").flatMap((part) => {
    const space = parseRange(name, part);
    return space?.type === "values" ? space.values : [part];
  });
  const space = parseRange(name, given) ?? { type: "values" as const, values };
  return { name, space };
}
