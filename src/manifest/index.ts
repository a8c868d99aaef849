/** The manifest layer's face: parse, migrate, plan, and conversion to workloads. Pure. */
export { type Assignment, parseAssignment } from "./edit/assignment.ts";
export type { HostMount, SupportObject, WorkloadContext } from "./compile/workload-context.ts";
export { type Manifest, rayTypesOf } from "./model/manifest.ts";
export { type ParseOptions, type ParseResult, parseManifest } from "./parse.ts";
export { type Demand, imageOf, type ManifestPlan, planManifest } from "./compile/plan-manifest.ts";
export { appendArguments, EditError, mapCommand, setFields } from "./edit/edit-text.ts";
export { applyParameters, formatParameters, parameterEnv, parameterName } from "./edit/parameters.ts";
export { type Problem, type ProblemCode, rules } from "./model/problem.ts";
export { editorSchema } from "./model/editor-schema.ts";
export { type FieldSchema, manifestSchema, type Operator, operators } from "./model/schema.ts";
export { parseTimeout } from "./model/timeout.ts";
export { toJobSet } from "./compile/to-jobset.ts";
export { toRayJob } from "./compile/to-rayjob.ts";
export { supportObjects } from "./compile/volumes.ts";
export { type Migration, migrateManifest } from "./migrate/migrate-manifest.ts";
