/**
 * The built-in controllers of the embedded cluster. `workloadControllers` go into a manager like any other;
 * `createCollectors` makes those that look at every kind at once and run beside it.
 */
import type { AnyControllerSpec } from "../../runtime/spec.ts";
import { endpointsController } from "./endpoints/controller.ts";
import { AllKinds, type AllKindsOptions } from "./garbage-collector/all-kinds.ts";
import { GarbageCollector } from "./garbage-collector/collector.ts";
import { jobController } from "./job/controller.ts";
import { jobOrphansController } from "./job-orphans/controller.ts";
import { NamespaceLifecycle } from "./namespace/lifecycle.ts";
import { pvcBinderController } from "./pvc-binder/controller.ts";
import { pvcProtectionController } from "./pvc-protection/controller.ts";
import { volumeController } from "./pvc-binder/volumes.ts";
import { serviceAccountController } from "./service-account/controller.ts";
import { ttlController } from "./ttl/controller.ts";

export interface WorkloadOptions {
  /** Certificate (PEM) that signs the API server's own, for the ConfigMap kube-root-ca.crt. */
  readonly rootCa?: string;
}

export function workloadControllers({ rootCa }: WorkloadOptions = {}): readonly AnyControllerSpec[] {
  return [
    jobController,
    jobOrphansController,
    ttlController,
    endpointsController(),
    pvcBinderController,
    pvcProtectionController,
    volumeController,
    serviceAccountController(rootCa),
  ];
}

export interface Collectors {
  /** Resolves when every kind has been listed and both run. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The garbage collector and the namespace lifecycle, over one graph of all objects. */
export function createCollectors(options: AllKindsOptions): Collectors {
  const all = new AllKinds(options);
  const parts = [new GarbageCollector(all), new NamespaceLifecycle(all)];
  return {
    async start() {
      await all.start();
      for (const part of parts) part.start();
    },
    async stop() {
      await Promise.all(parts.map((part) => part.stop()));
      await all.stop();
    },
  };
}
