/**
 * CEL validation rules of CRDs (`x-kubernetes-validations`): compiled once per schema, evaluated by walking only the
 * parts of an object that rules stand over. Integers go in as BigInt, as the CEL library wants them.
 */
import { Environment, type ParseResult } from "@marcbachmann/cel-js";
import { deepEqual } from "./deep-equal.ts";
import { compareQuantities, isQuantity, parseQuantity } from "./quantity.ts";
import { type FieldError, type FieldErrorType, fieldAt, type Schema, type ValidationRule } from "./schema/types.ts";

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly run: ParseResult;
  readonly message?: ParseResult;
  readonly usesOldSelf: boolean;
}

/** The rules of a schema and of everything below it; absent where there are none. */
export interface RuleSet {
  readonly schema: Schema;
  readonly rules: readonly CompiledRule[];
  readonly properties: Readonly<Record<string, RuleSet>>;
  readonly additional?: RuleSet;
  readonly items?: RuleSet;
}

export class RuleError extends Error {
  readonly field: string;
  readonly rule: string;

  constructor(field: string, rule: string, options: ErrorOptions) {
    super(`compilation failed: ${(options.cause as Error).message}`, options);
    this.name = "RuleError";
    this.field = field;
    this.rule = rule;
  }
}

class CelQuantity {
  readonly value: ReturnType<typeof parseQuantity>;

  constructor(text: string) {
    this.value = parseQuantity(text);
  }
}

const compareValues = (a: unknown, b: unknown): number => {
  if (a === b) return 0;
  return (a as bigint | string) < (b as bigint | string) ? -1 : 1;
};

function makeEnvironment(): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
  });
  environment.registerType("quantity", { ctor: CelQuantity, fields: {} });
  environment.registerFunction("quantity(string): quantity", (text: string) => new CelQuantity(text));
  environment.registerFunction("isQuantity(string): bool", (text: string) => isQuantity(text));
  environment.registerFunction(
    "quantity.isLessThan(quantity): bool",
    (a: CelQuantity, b: CelQuantity) => compareQuantities(a.value, b.value) < 0,
  );
  environment.registerFunction(
    "quantity.isGreaterThan(quantity): bool",
    (a: CelQuantity, b: CelQuantity) => compareQuantities(a.value, b.value) > 0,
  );
  environment.registerFunction("quantity.compareTo(quantity): int", (a: CelQuantity, b: CelQuantity) =>
    BigInt(compareQuantities(a.value, b.value)),
  );
  environment.registerFunction("list.isSorted(): bool", (list: readonly unknown[]) =>
    list.every((item, at) => at === 0 || compareValues(list[at - 1], item) <= 0),
  );
  environment.registerFunction("list.indexOf(dyn): int", (list: readonly unknown[], item: unknown) =>
    BigInt(list.findIndex((other) => deepEqual(other, item))),
  );
  environment.registerFunction("list.sum(): dyn", (list: readonly unknown[]) =>
    list.reduce<bigint | number>(
      (sum, item) => (typeof item === "bigint" ? BigInt(sum) + item : Number(sum) + Number(item)),
      0n,
    ),
  );
  environment.registerFunction("list.min(): dyn", (list: readonly unknown[]) =>
    list.reduce((a, b) => (compareValues(a, b) <= 0 ? a : b)),
  );
  environment.registerFunction("list.max(): dyn", (list: readonly unknown[]) =>
    list.reduce((a, b) => (compareValues(a, b) >= 0 ? a : b)),
  );
  return environment;
}

let shared: Environment | undefined;
const environment = () => (shared ??= makeEnvironment());

function compileRule(rule: ValidationRule, field: string): CompiledRule {
  try {
    return {
      rule,
      run: environment().parse(rule.rule),
      ...(rule.messageExpression && { message: environment().parse(rule.messageExpression) }),
      usesOldSelf: /\boldSelf\b/.test(rule.rule),
    };
  } catch (cause) {
    throw new RuleError(field, rule.rule, { cause });
  }
}

/** Compiles every rule of a schema; undefined when it has none. Throws RuleError, which names the field. */
export function compileRules(schema: Schema, path = ""): RuleSet | undefined {
  const rules = (schema["x-kubernetes-validations"] ?? []).map((rule) => compileRule(rule, path));
  const properties: Record<string, RuleSet> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const below = compileRules(property, fieldAt(path, name));
    if (below) properties[name] = below;
  }
  const additional =
    typeof schema.additionalProperties === "object"
      ? compileRules(schema.additionalProperties, `${path}[*]`)
      : undefined;
  const items = schema.items && compileRules(schema.items, `${path}[*]`);
  if (rules.length === 0 && !additional && !items && Object.keys(properties).length === 0) return undefined;
  return { schema, rules, properties, additional, items };
}

/** JSON as CEL sees it: integers (by schema, else by value) as BigInt. */
function toCel(schema: Schema | undefined, value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) && schema?.type !== "number" ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => toCel(schema?.items, item));
  if (typeof value !== "object" || value === null) return value;
  const additional = typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, toCel(schema?.properties?.[key] ?? additional, item)]),
  );
}

const errorTypes: Readonly<Record<string, FieldErrorType>> = {
  FieldValueInvalid: "Invalid",
  FieldValueForbidden: "Forbidden",
  FieldValueRequired: "Required",
  FieldValueDuplicate: "Duplicate",
};

interface Evaluation {
  readonly path: string;
  readonly self: unknown;
  readonly oldSelf: unknown;
}

function evaluateRule(
  set: RuleSet,
  compiled: CompiledRule,
  { path, self, oldSelf }: Evaluation,
): FieldError | undefined {
  const { rule, run, message, usesOldSelf } = compiled;
  // A transition rule has nothing to compare with on create, or where the value is new.
  if (usesOldSelf && oldSelf === undefined && !rule.optionalOldSelf) return undefined;
  const context = { self: toCel(set.schema, self), oldSelf: toCel(set.schema, oldSelf) };
  const field = rule.fieldPath ? `${path}${rule.fieldPath}`.replace(/^\./, "") : path;
  const value = typeof self === "object" && self !== null ? (Array.isArray(self) ? "array" : "object") : self;
  const type = errorTypes[rule.reason ?? "FieldValueInvalid"] ?? "Invalid";
  try {
    if (run(context) === true) return undefined;
    const said = message ? String(message(context)) : rule.message;
    return { type, field, detail: said ?? `failed rule: ${rule.rule}`, value };
  } catch (error) {
    return {
      type: "Invalid",
      field,
      detail: `rule evaluation error: ${(error as Error).message.split("\n")[0]}: ${rule.rule}`,
      value,
    };
  }
}

type JsonObject = Readonly<Record<string, unknown>>;
const memberOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as JsonObject)[key] : undefined;

/** Matches old and new items of list-maps by their keys; other lists have no old items. */
function oldItemOf(schema: Schema, item: unknown, oldList: unknown): unknown {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (!keys || !Array.isArray(oldList)) return undefined;
  return oldList.find((old) => keys.every((key) => memberOf(old, key) === memberOf(item, key)));
}

function walk(set: RuleSet, at: Evaluation, found: FieldError[]): void {
  if (at.self === undefined || at.self === null) return;
  for (const compiled of set.rules) {
    const error = evaluateRule(set, compiled, at);
    if (error) found.push(error);
  }
  const below = (ruleSet: RuleSet, key: string | number, self: unknown, oldSelf: unknown) =>
    walk(ruleSet, { path: fieldAt(at.path, key), self, oldSelf }, found);
  if (Array.isArray(at.self)) {
    const { items } = set;
    if (items)
      for (const [index, item] of at.self.entries()) below(items, index, item, oldItemOf(set.schema, item, at.oldSelf));
    return;
  }
  for (const [name, property] of Object.entries(set.properties))
    below(property, name, memberOf(at.self, name), memberOf(at.oldSelf, name));
  if (!set.additional || typeof at.self !== "object") return;
  for (const key of Object.keys(at.self)) {
    if (!set.schema.properties?.[key]) below(set.additional, key, memberOf(at.self, key), memberOf(at.oldSelf, key));
  }
}

/** Violations of the rules in `self`; `oldSelf` is the object before an update. */
export function evaluateRules(rules: RuleSet | undefined, self: unknown, oldSelf?: unknown): readonly FieldError[] {
  if (!rules) return [];
  const found: FieldError[] = [];
  walk(rules, { path: "", self, oldSelf }, found);
  return found;
}
