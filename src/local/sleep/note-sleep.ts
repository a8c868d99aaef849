/** Writes a sleep of the machine on every object that has not ended, so that its time limits do not count it. */
import { Job, Pod } from "../../api/core/kinds.ts";
import type { Kind, KubeObject } from "../../meta/object.ts";
import { addSleep, type Sleep, sleptAnnotation } from "../../meta/sleeps.ts";
import type { Client } from "../../kube/client.ts";
import type { Cache } from "../../runtime/cache.ts";
import { errorText, type Logger } from "../../runtime/log.ts";

export interface SleepNotes {
  readonly client: Client;
  readonly cache: Cache;
  readonly log: Logger;
  /** Kinds that wait by the clock, beside those of Kubernetes. */
  readonly kinds: readonly Kind[];
}

interface Ending extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly state?: string;
    readonly jobDeploymentStatus?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

const ends = new Set(["Succeeded", "Failed", "Cancelled", "Complete", "Completed"]);

/** Whether an object of any kind with time limits has reached its end. */
export function hasEnded({ status = {} }: Ending): boolean {
  const { phase = "", state = "", jobDeploymentStatus = "", conditions = [] } = status;
  return (
    [phase, state, jobDeploymentStatus].some((word) => ends.has(word)) ||
    conditions.some((condition) => condition.status === "True" && ends.has(condition.type))
  );
}

/** Resolves when the caches have it, too; never rejects. */
export async function noteSleep({ client, cache, log, kinds }: SleepNotes, sleep: Sleep): Promise<void> {
  const note = async (kind: Kind, object: KubeObject) => {
    const { namespace, name = "" } = object.metadata;
    const annotations = { [sleptAnnotation]: addSleep(object, sleep) };
    try {
      const written = await client.patch({ kind, namespace, name }, { metadata: { annotations } }, { type: "merge" });
      cache.put(kind, written);
    } catch (error) {
      log.warn("sleep not noted", { kind: kind.kind, name, error: errorText(error) });
    }
  };
  const all = [Pod, Job, ...kinds].flatMap((kind) => {
    const objects = cache.members(kind) as readonly Ending[];
    return objects.filter((object) => !hasEnded(object)).map((object) => note(kind, object));
  });
  await Promise.all(all);
}
