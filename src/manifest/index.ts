/** AIchorManifest: text → model → the objects that run it. Pure: no files, no network, no clock. */
export { editorSchema, manifestSchema } from "./schema.ts";
export type { Manifest, Operator } from "./model.ts";
export { parseManifest, type Parsed } from "./parse.ts";
export { type Problem, type ProblemCode, rules } from "./problem.ts";
export { parseTimeout } from "./timeout.ts";
export { type Demand, type ManifestPlan, planManifest } from "./plan-manifest.ts";
export type { CompileContext } from "./pod-template.ts";
export { toJobSet } from "./to-jobset.ts";
export { toRayJob } from "./to-rayjob.ts";
