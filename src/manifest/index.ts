/** The manifest layer's face: parse, migrate, plan, and conversion to workloads. Pure. */
export { type Assignment, parseAssignment } from "./assignment.ts";
export type { HostMount, SupportObject, WorkloadContext } from "./context.ts";
export type { Manifest, Operator } from "./model.ts";
export { operators, rayTypesOf } from "./model.ts";
export { type ParseOptions, type ParseResult, parseManifest } from "./parse.ts";
export { type Demand, imageOf, type ManifestPlan, planManifest } from "./plan-manifest.ts";
export { appendArguments, EditError, mapCommand, setFields } from "./edit.ts";
export { applyParameters, formatParameters, parameterEnv, parameterName } from "./parameters.ts";
export { type Problem, type ProblemCode, rules } from "./problem.ts";
export { editorSchema } from "./editor-schema.ts";
export { type FieldSchema, manifestSchema } from "./schema.ts";
export { parseTimeout } from "./timeout.ts";
export { waitForRanksName } from "./rank-barrier.ts";
export { toJobSet } from "./to-jobset.ts";
export { toRayJob } from "./to-rayjob.ts";
export { supportObjects } from "./volumes.ts";
export { type Migration, migrateManifest } from "./migrate.ts";
