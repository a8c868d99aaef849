/** An event as a plan says it: of the runtime's floor, below nouns and plans. */
import type { KubeObject } from "../meta/object.ts";

/** An event to publish about the root object (or `regarding`, when given). */
export interface EventRecord {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** events.k8s.io `action`: what was done (`Create`, `Delete`, `Update`, `Validate`, …). */
  readonly action: string;
  readonly regarding?: KubeObject;
}
