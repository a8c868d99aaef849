/** Server-side apply. The local cluster does not track field owners: it says so rather than pretend. */
import type { UnknownObject } from "../../../api/meta/object.ts";
import { failure, KubeError } from "../../../kube/errors.ts";
import type { Api, Target } from "../api.ts";
import type { WriteContext } from "./create.ts";

export async function applyServerSide(_api: Api, target: Target, _body: unknown, _context: WriteContext): Promise<UnknownObject> {
  const message = `server-side apply is not supported by the local cluster; use client-side apply for ${target.resource.kind.resource} (kubectl apply without --server-side)`;
  throw new KubeError(failure(415, "UnsupportedMediaType", message));
}
