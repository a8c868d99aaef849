/** The init container in which a worker waits for the head's GCS. Pure. */
import { containerNames } from "../../../api/containers.ts";
import type { Container, EnvVar } from "../../../api/core/pod.ts";

/** After this the tries stop being silent: what Ray itself says is printed. */
const patienceSeconds = 120;

/**
 * A try is an exchange with nothing but bash: the beginning of HTTP/2, to which a gRPC server that serves answers at once.
 * Ray's own check takes six seconds to start within the container's limits, and 48 to give up, in which it misses what
 * happens; so it runs beside the tries, and only where they can never tell (the GCS hangs up, as with TLS) or where patience
 * is over and its words are wanted. A try is given more time as the wait grows: a name may take long to resolve.
 * `sleep` is the only program: `timeout` is missing on some machines.
 */
const script = (host: string, port: string) => String.raw`
SECONDS=0
export LC_ALL=C
checker=
try() {
  (
    trap '' PIPE
    exec 3<>/dev/tcp/${host}/${port} || exit 2
    printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\000\000\000\004\000\000\000\000\000' >&3
    read -r -n 1 -u 3
  ) 2>/dev/null &
  local try=$! end=$((SECONDS + 2 + SECONDS / 20))
  while kill -0 $try && (( SECONDS < end )); do sleep 0.1; done 2>/dev/null
  { kill $try; wait $try; } 2>/dev/null
}
until try; do
  outcome=$?
  late=$((SECONDS > ${patienceSeconds}))
  if [ -n "$checker" ] && ! kill -0 $checker 2>/dev/null; then
    wait $checker && break
    checker=
    [ $late = 0 ] || echo "$SECONDS seconds elapsed: Still waiting for GCS to be ready. The head is ${host}; look at its pod and its log."
  elif [ -z "$checker" ] && [ $late = 1 ]; then
    ray health-check --address ${host}:${port} &
    checker=$!
  elif [ -z "$checker" ] && [ $outcome = 1 ]; then
    ray health-check --address ${host}:${port} >/dev/null 2>&1 &
    checker=$!
  fi
  [ $late = 1 ] || echo "$SECONDS seconds elapsed: Waiting for GCS to be ready."
  [ $outcome -gt 128 ] || sleep 1
done
[ -z "$checker" ] || kill $checker 2>/dev/null
echo "GCS is ready. Any error messages above can be safely ignored."
`;

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
    name: containerNames.waitForHead,
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
