/** The log subresource: checks what is asked for, then streams what the node has. */
import type { Container, Pod } from "../../../api/core/pod.ts";
import type { UnknownObject } from "../../../meta/object.ts";
import type { LogOptions, NodeAgent } from "../../contracts.ts";
import type { BytesResponse } from "../wire/response.ts";
import { mustGet } from "../core.ts";
import { badRequest, unavailable } from "../errors.ts";
import type { Handler } from "../verbs/handle.ts";
import { type Call, flag, integer, param } from "../request/call.ts";

export type GetAgent = () => NodeAgent | undefined;

/** The node. Throws 503 while there is none. */
export function mustHaveAgent(agent: GetAgent): NodeAgent {
  const found = agent();
  if (!found) throw unavailable("the node of this cluster is not running");
  return found;
}

const containersOf = ({ spec }: Pod): readonly Container[] => [...(spec.initContainers ?? []), ...spec.containers];

/** The container asked for, else the only one. Throws 400. */
export function containerOf(object: UnknownObject, asked: string | undefined): string {
  const pod = object as unknown as Pod;
  const name = pod.metadata.name ?? "";
  const names = containersOf(pod).map((container) => container.name);
  if (asked) {
    if (names.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const main = pod.spec.containers.map((container) => container.name);
  const preferred = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  if (preferred && main.includes(preferred)) return preferred;
  if (main.length === 1) return main[0] as string;
  const inits = (pod.spec.initContainers ?? []).map((container) => container.name);
  const more = inits.length > 0 ? ` or one of the init containers: [${inits.join(" ")}]` : "";
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${main.join(" ")}]${more}`);
}

/** Throws 400 while the container has not begun: there is no log yet. */
function checkStarted(object: UnknownObject, container: string, previous: boolean): void {
  const { status, metadata } = object as unknown as Pod;
  const found = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    ({ name }) => name === container,
  );
  if (previous && !found?.lastState?.terminated && (found?.restartCount ?? 0) === 0) {
    throw badRequest(`previous terminated container "${container}" in pod "${metadata.name}" not found`);
  }
  const { waiting } = found?.state ?? {};
  if ((found && !waiting) || (found?.restartCount ?? 0) > 0 || previous) return;
  if (found?.lastState?.terminated) return;
  const reason = waiting?.reason ?? (status?.phase === "Pending" ? "ContainerCreating" : "unknown");
  const text = `container "${container}" in pod "${metadata.name}" is waiting to start: ${reason}`;
  throw badRequest(waiting?.message ? `${text}: ${waiting.message}` : text);
}

function optionsOf({ request }: Call, container: string): LogOptions {
  const [tailLines, limitBytes, sinceSeconds] = ["tailLines", "limitBytes", "sinceSeconds"].map((name) =>
    integer(request, name),
  );
  const sinceTime = param(request, "sinceTime");
  for (const [name, value] of Object.entries({ tailLines, limitBytes, sinceSeconds })) {
    if (value !== undefined && value < 0)
      throw badRequest(`${name}: Invalid value: ${value}: must be greater than or equal to 0`);
  }
  return {
    container,
    follow: flag(request, "follow"),
    previous: flag(request, "previous"),
    timestamps: flag(request, "timestamps"),
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(sinceSeconds !== undefined && { sinceSeconds }),
    ...(sinceTime && { sinceTime }),
    ...(request.signal && { signal: request.signal }),
  };
}

export const logHandler =
  (agent: GetAgent): Handler =>
  (core, call): BytesResponse => {
    const pod = mustGet(core, call);
    const container = containerOf(pod, param(call.request, "container"));
    const options = optionsOf(call, container);
    checkStarted(pod, container, options.previous === true);
    const body = mustHaveAgent(agent).logs(pod, options);
    return { type: "bytes", status: 200, contentType: "text/plain", body };
  };
