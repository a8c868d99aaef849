/** The manifest layer's face: parse, migrate, plan, and conversion to workloads. Pure. */
export { type ParseOptions, type ParseResult, parseManifest } from "./parse.ts";
export { type Problem, type ProblemCode, rules } from "./problem.ts";
export { parseTimeout } from "./timeout.ts";
export type { Manifest, Operator } from "./model.ts";
export { operators } from "./model.ts";
