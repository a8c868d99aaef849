/** The CustomResourceDefinition of Sweep. */
import { column, defineKind } from "../definition-frame.ts";
import { Sweep } from "./kinds.ts";
import { sweepSpec, sweepStatus } from "./schema.ts";

export const crd = defineKind(Sweep, {
  spec: sweepSpec,
  status: sweepStatus,
  columns: [
    column("State", ".status.state"),
    column("Started", ".status.started", "integer"),
    column("Active", ".status.active", "integer"),
    column("Succeeded", ".status.succeeded", "integer"),
    column("Failed", ".status.failed", "integer"),
  ],
});
