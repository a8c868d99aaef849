/** Keeps the EndpointSlices and Endpoints of every Service with a selector; bursts of pod changes become one reconcile. */
import {
  Endpoints,
  EndpointSlice as SliceKind,
  Pod as PodKind,
  Service as ServiceKind,
} from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import type { EndpointSlice, Service } from "../../../api/core/service.ts";
import type { ControllerSpec } from "../../../runtime/spec.ts";
import { apply, remove, type Steps } from "../../../runtime/steps.ts";
import { desiredEndpoints, desiredSlices } from "./desired-endpoints.ts";
import { Selections } from "./selections.ts";

export interface EndpointsWorld {
  /** The pods that the selector matches. */
  readonly pods: readonly Pod[];
  /** The slices that this controller made for the Service. */
  readonly slices: readonly EndpointSlice[];
}

export function planEndpoints(service: Service, { pods, slices }: EndpointsWorld): Steps {
  const desired = desiredSlices(service, pods);
  const wanted = new Set(desired.map(({ metadata }) => metadata.name));
  const surplus = slices.filter(({ metadata }) => !wanted.has(metadata.name));
  return [
    ...desired.map((target) => apply(SliceKind, target)),
    apply(Endpoints, desiredEndpoints(service, desired)),
    ...surplus.map((slice) => remove(SliceKind, slice)),
  ];
}

/** Each reconcile writes two objects with every pod in them. */
const settleMs = 50;

export function endpointsController(): ControllerSpec<Service, EndpointsWorld, never> {
  const selections = new Selections();
  return {
    name: "endpoints",
    settleMs,
    root: ServiceKind,
    owns: [
      { kind: SliceKind, writes: ["create", "patch", "delete"] },
      { kind: Endpoints, writes: ["create", "patch"] },
    ],
    watches: [
      {
        kind: ServiceKind,
        map: (service) => {
          selections.serviceSeen(service as Service);
          return [];
        },
      },
      { kind: PodKind, map: (pod) => selections.podSeen(pod as Pod) },
    ],
    manages: ({ spec }) => Object.keys(spec.selector ?? {}).length > 0 && spec.type !== "ExternalName",
    observe: (service, cache) => {
      const namespace = service.metadata.namespace ?? "";
      return {
        pods: cache.list<Pod>(PodKind, { namespace, labels: service.spec.selector ?? {} }),
        slices: cache.list<EndpointSlice>(SliceKind, { namespace, controllerUid: service.metadata.uid ?? "" }),
      };
    },
    plan: planEndpoints,
  };
}
