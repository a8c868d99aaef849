/** The CustomResourceDefinition of Experiment. */
import { column, defineKind } from "../definition-frame.ts";
import { Experiment } from "./kinds.ts";
import { experimentSpec, experimentStatus } from "./schema.ts";

export const crd = defineKind(Experiment, {
  spec: experimentSpec,
  status: experimentStatus,
  shortNames: ["exp"],
  columns: [
    column("State", ".status.state"),
    column("Step", ".status.step"),
    column("Operator", ".status.operator"),
    column("Reason", ".status.reason"),
    column("Message", ".spec.message", "string", 1),
  ],
});
