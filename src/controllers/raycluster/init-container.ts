/** The init container in which a worker waits for the head's GCS. Pure. */
import type { Container, EnvVar } from "../../api/core/pod.ts";

export const waitName = "wait-gcs-ready";

/** After this the tries stop being silent: what Ray itself says is printed. */
const patienceSeconds = 120;

/**
 * A look at the port with nothing but bash first: Ray's own check takes a Python start and 200 MB each time, so it runs
 * only once somebody answers, or once patience is over and its words are wanted.
 */
function script(host: string, port: string): string {
  return `
SECONDS=0
until (exec 3<>/dev/tcp/${host}/${port}) 2>/dev/null && ray health-check --address ${host}:${port} >/dev/null 2>&1; do
  if (( SECONDS <= ${patienceSeconds} )); then
    echo "$SECONDS seconds elapsed: Waiting for GCS to be ready."
    sleep 1
  else
    ray health-check --address ${host}:${port} && break
    echo "$SECONDS seconds elapsed: Still waiting for GCS to be ready. The head is ${host}; look at its pod and its log."
    sleep 5
  fi
done
echo "GCS is ready. Any error messages above can be safely ignored."
`;
}

export interface WaitInput {
  /** The worker's Ray container as the user wrote it. */
  readonly container: Container;
  readonly fqdn: string;
  readonly port: string;
  readonly shell: readonly string[];
  readonly auth: readonly EnvVar[];
}

export function waitForGcs({ container, fqdn, port, shell, auth }: WaitInput): Container {
  const { image, imagePullPolicy, securityContext, env = [], volumeMounts } = container;
  const resources = { cpu: "200m", memory: "256Mi" };
  return {
    name: waitName,
    ...(image && { image }),
    ...(imagePullPolicy && { imagePullPolicy }),
    ...(securityContext && { securityContext }),
    command: shell,
    args: [script(fqdn, port)],
    env: [...env, ...auth],
    ...(volumeMounts && { volumeMounts }),
    resources: { limits: resources, requests: resources },
  };
}
