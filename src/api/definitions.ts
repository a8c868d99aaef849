/** Every definition that this version brings, in one list: installed, served by the local cluster, written to config/crd. */
import { crd as experiment } from "./experiment/crd.ts";
import { jobSetCrd } from "./jobset/crd.ts";
import type { JobSetGates } from "./jobset/crd-rules.ts";
import { crds as ray } from "./ray/crd.ts";
import { crd as sweep } from "./sweep/crd.ts";

/** Gates decide what a JobSet may say; all are off when absent. */
export const definitions = (gates?: JobSetGates) => [experiment, sweep, jobSetCrd(gates), ...ray] as const;
