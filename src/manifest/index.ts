/** The manifest layer's face: parse, migrate, plan, and conversion to workloads. Pure. */
export { type ParseOptions, type ParseResult, parseManifest } from "./parse.ts";
export { type Problem, type ProblemCode, rules } from "./problem.ts";
export { parseTimeout } from "./timeout.ts";
export type { Manifest, Operator } from "./model.ts";
export { operators } from "./model.ts";
export { editorSchema, manifestSchema } from "./schema.ts";
export { type Demand, type ManifestPlan, planManifest } from "./plan-manifest.ts";
export type { CompileContext } from "./pod-template.ts";
export { toJobSet } from "./to-jobset.ts";
export { toRayJob } from "./to-rayjob.ts";
