/**
 * Kubernetes quantities (`500m`, `2Gi`, `1e3`), exact: a value is a whole number of nano-units in a BigInt.
 * The rules are those of apimachinery's resource.Quantity: what is finer than a nano-unit rounds up (away from zero).
 */

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

export interface ParsedQuantity {
  /** Value × 10⁹. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

class QuantityError extends Error {
  constructor(input: string) {
    super(
      `"${input}" is not a quantity: expected a number with an optional suffix such as m, k, M, G, Ki, Mi, Gi or e3`,
    );
    this.name = "QuantityError";
  }
}

const giga = 1_000_000_000n;
const decimalPower: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaryPower: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const shape = /^([+-]?)(\d*)(?:\.(\d*))?(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d{1,3}))?$/;
const cache = new Map<string, ParsedQuantity>();
const cacheLimit = 4096;

/** a / b, rounded away from zero. */
function divideUp(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  if (a % b === 0n) return quotient;
  return a < 0n ? quotient - 1n : quotient + 1n;
}

/** Digits × 10^power in nano-units. */
function scale(digits: bigint, power: number): bigint {
  const exponent = power + 9;
  return exponent >= 0 ? digits * 10n ** BigInt(exponent) : divideUp(digits, 10n ** BigInt(-exponent));
}

function parse(text: string): ParsedQuantity {
  const match = shape.exec(text);
  const [, sign, whole = "", fraction = "", suffix = "", exponent] = match ?? [];
  if (!match || whole + fraction === "") throw new QuantityError(text);
  const digits = BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}`);
  const binary = binaryPower[suffix];
  if (binary !== undefined) {
    const nano = divideUp(digits * (1n << binary) * giga, 10n ** BigInt(fraction.length));
    return { nano, format: "BinarySI" };
  }
  if (exponent !== undefined)
    return { nano: scale(digits, Number(exponent) - fraction.length), format: "DecimalExponent" };
  return { nano: scale(digits, (decimalPower[suffix] ?? 0) - fraction.length), format: "DecimalSI" };
}

/** Parses what JSON carries: a string, or a plain number. Throws QuantityError. */
export function parseQuantity(input: string | number): ParsedQuantity {
  const text = typeof input === "number" ? String(input) : input;
  const known = cache.get(text);
  if (known) return known;
  const parsed = Object.freeze(parse(text));
  if (cache.size >= cacheLimit) cache.clear();
  cache.set(text, parsed);
  return parsed;
}

export function isQuantity(input: unknown): boolean {
  if (typeof input !== "string" && typeof input !== "number") return false;
  try {
    parseQuantity(input);
    return true;
  } catch {
    return false;
  }
}

const decimalSuffixes: readonly (readonly [suffix: string, power: number])[] = [
  ["E", 18],
  ["P", 15],
  ["T", 12],
  ["G", 9],
  ["M", 6],
  ["k", 3],
  ["", 0],
  ["m", -3],
  ["u", -6],
  ["n", -9],
];
const binarySuffixes: readonly (readonly [suffix: string, power: bigint])[] = [
  ["Ei", 60n],
  ["Pi", 50n],
  ["Ti", 40n],
  ["Gi", 30n],
  ["Mi", 20n],
  ["Ki", 10n],
];

function formatDecimal(nano: bigint, exponential: boolean): string {
  for (const [suffix, power] of decimalSuffixes) {
    const unit = 10n ** BigInt(power + 9);
    if (nano % unit !== 0n) continue;
    const mantissa = String(nano / unit);
    if (!exponential) return mantissa + suffix;
    return power === 0 ? mantissa : `${mantissa}e${power}`;
  }
  return `${nano}n`;
}

/** Canonical text, as the API server prints it: no fraction, the largest suffix that keeps it exact; zero is `0`. */
export function formatQuantity({ nano, format }: ParsedQuantity): string {
  if (nano === 0n) return "0";
  const magnitude = nano < 0n ? -nano : nano;
  // Below 1024 a binary quantity is printed as a decimal one.
  if (format === "BinarySI" && magnitude >= 1024n * giga && nano % giga === 0n) {
    const value = nano / giga;
    for (const [suffix, power] of binarySuffixes) {
      if (value % (1n << power) === 0n) return `${value >> power}${suffix}`;
    }
    return String(value);
  }
  return formatDecimal(nano, format === "DecimalExponent");
}

/** The sum; keeps the first operand's format unless that is zero. */
export function addQuantities(a: ParsedQuantity, b: ParsedQuantity): ParsedQuantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

export function compareQuantities(a: ParsedQuantity, b: ParsedQuantity): -1 | 0 | 1 {
  if (a.nano === b.nano) return 0;
  return a.nano < b.nano ? -1 : 1;
}

/** Nearest floating-point number: for display and ratios, not for accounting. */
export function quantityToNumber({ nano }: ParsedQuantity): number {
  return Number(nano / giga) + Number(nano % giga) / 1e9;
}

/** Go's `Value()`: rounded up to a whole number. */
export function quantityCeil({ nano }: ParsedQuantity): number {
  return Number(divideUp(nano, giga));
}

/** Go's `MilliValue()`: thousandths, rounded up. */
export function quantityMilli({ nano }: ParsedQuantity): number {
  return Number(divideUp(nano, 1_000_000n));
}
