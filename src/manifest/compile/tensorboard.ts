/** TensorBoard beside the experiment: a sidecar that never makes its pod fail, unready or slow to stop. Pure. */
import { containerNames } from "../../api/containers.ts";
import type { Container, EnvFromSource, EnvVar, VolumeMount } from "../../api/core/pod.ts";

const port = 6006;

/** Starts it again a minute after it ended (an image without TensorBoard says so in the log), until the pod stops. */
const serve = [
  `trap 'kill $! 2>/dev/null; exit 0' TERM INT`,
  `while :; do tensorboard --logdir "$AICHOR_TENSORBOARD_PATH" --host 0.0.0.0 --port ${port} & wait $!; sleep 60 & wait $!; done`,
].join("; ");

/** `onlyIf`: a shell test that is true in the one pod that shall serve. */
export function tensorboardSidecar(
  image: string,
  about: {
    readonly env: readonly EnvVar[];
    readonly envFrom?: readonly EnvFromSource[];
    readonly mounts: readonly VolumeMount[];
    readonly onlyIf?: string;
  },
): Container {
  const { env, envFrom, mounts, onlyIf } = about;
  const script = onlyIf ? `${onlyIf} || exec sleep 2147483647; ${serve}` : serve;
  return {
    name: containerNames.tensorboard,
    image,
    restartPolicy: "Always",
    command: ["/bin/sh", "-c", script],
    ports: [{ name: "tensorboard", containerPort: port }],
    env,
    ...(envFrom && { envFrom }),
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "1Gi" } },
    ...(mounts.length > 0 && { volumeMounts: mounts }),
  };
}
