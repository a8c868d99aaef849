/** Who may use the server: those who send its token. Health and version are for everybody. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { failure, KubeError } from "../../../kube/errors.ts";

const publicPaths = /^\/(healthz|readyz|livez|version)(\/|$|\?)/;
/** Browsers cannot set headers on a WebSocket: the token comes as a subprotocol. */
const socketToken = "base64url.bearer.authorization.k8s.io.";

function tokenOf({ headers }: IncomingMessage): string | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const protocol = (headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((part) => part.trim())
    .find((part) => part.startsWith(socketToken));
  return protocol && Buffer.from(protocol.slice(socketToken.length), "base64url").toString();
}

function sameToken(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Throws 401. */
export function authenticate(request: IncomingMessage, token: string | undefined): void {
  if (token === undefined || publicPaths.test(request.url ?? "")) return;
  const given = tokenOf(request);
  if (given === undefined || !sameToken(given, token))
    throw new KubeError(failure(401, "Unauthorized", "Unauthorized"));
}
