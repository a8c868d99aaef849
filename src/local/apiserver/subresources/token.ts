/** The token subresource of service accounts. */
import { formatTime } from "../../../meta/condition.ts";
import type { UnknownObject } from "../../../meta/object.ts";
import { mustGet } from "../core.ts";
import { objectBody } from "../request/call.ts";
import type { Handler } from "../verbs/handle.ts";
import { json } from "../wire/response.ts";

type Json = Readonly<Record<string, unknown>>;

/** Tokens of service accounts: the local cluster has one user, so they all are the server's own. */
export const tokenHandler =
  (token: () => string): Handler =>
  (core, call) => {
    const account = mustGet(core, call);
    const { spec = {}, ...rest } = objectBody(call.request) as UnknownObject & { readonly spec?: Json };
    const seconds = (spec["expirationSeconds"] as number | undefined) ?? 3600;
    const expirationTimestamp = formatTime(new Date(core.clock.now().getTime() + seconds * 1000));
    return json(
      {
        ...rest,
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        metadata: {
          name: account.metadata.name,
          namespace: account.metadata.namespace,
          creationTimestamp: formatTime(core.clock.now()),
        },
        spec: { audiences: ["https://kubernetes.default.svc"], expirationSeconds: seconds, ...spec },
        status: { token: token(), expirationTimestamp },
      },
      201,
    );
  };
