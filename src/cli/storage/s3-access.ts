/** How to reach S3, from an environment or from an experiment's Secret. Pure. */
import type { S3Access } from "../../controllers/experiment/compile/storage.ts";

type Variables = Readonly<Record<string, string | undefined>>;

const keyNames = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

export function s3AccessOf(env: Variables): S3Access {
  const endpoint = env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"] || env["S3_ENDPOINT"];
  const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  const credentials = keyNames.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  return { ...(endpoint && { endpoint }), ...(region && { region }), credentials: Object.fromEntries(credentials) };
}

export const hasKeys = ({ credentials }: S3Access): boolean =>
  keyNames.slice(0, 2).every((name) => credentials[name] !== undefined);

/** The name by which pods reach an S3 server on this machine's own loopback. */
export const loopbackService = { name: "windlass-storage", namespace: "default" } as const;
const loopbackHost = `${loopbackService.name}.${loopbackService.namespace}.svc`;

const loopbackUrl = (endpoint = ""): URL | undefined => {
  const url = URL.parse(endpoint);
  return url && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname) ? url : undefined;
};

/** Only this machine itself reaches it: pods have a loopback of their own. */
export const isOnLoopback = ({ endpoint }: S3Access): boolean => loopbackUrl(endpoint) !== undefined;

/** The port of an S3 server on this machine's loopback, where a Service can lead to it. */
export function loopbackPort({ endpoint }: S3Access): number | undefined {
  const url = loopbackUrl(endpoint);
  return url?.protocol === "http:" ? Number(url.port || 80) : undefined;
}

/** As pods are to reach it. */
export function forPods(access: S3Access): S3Access {
  const port = loopbackPort(access);
  return port === undefined ? access : { ...access, endpoint: `http://${loopbackHost}:${port}` };
}

/** As this machine reaches it. */
export function forThisMachine(access: S3Access): S3Access {
  const endpoint = access.endpoint?.replace(`//${loopbackHost}:`, "//127.0.0.1:");
  return { ...access, ...(endpoint && { endpoint }) };
}
