/** Images of one pod: pulled when a container starts, with back-off and the events and reasons of Kubernetes. */
import type { Container } from "../../api/core/pod.ts";
import type { Clock } from "../../runtime/clock.ts";
import { errorText } from "../../runtime/log.ts";
import type { Environment, ImageProgress, ImageStore } from "../contracts.ts";

/** The store, and who is told of its progress. */
export interface ImagePuller {
  readonly store: ImageStore;
  readonly progress: (reference: string) => ImageProgress;
}

export type Pulled =
  | { readonly environment: Environment }
  | { readonly reason: string; readonly message: string; readonly retryMs: number };

type Tell = (type: "Normal" | "Warning", reason: string, message: string) => void;

const firstRetryMs = 10_000;
const longestRetryMs = 300_000;

export class ImagePull {
  readonly #puller: ImagePuller;
  readonly #clock: Clock;
  readonly #tell: Tell;
  readonly #failures = new Map<string, number>();
  readonly #warned = new Set<string>();

  constructor(puller: ImagePuller, clock: Clock, tell: Tell) {
    this.#puller = puller;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Never rejects: what cannot be pulled says why, and when to try again. */
  async run({ image = "", imagePullPolicy }: Container, signal: AbortSignal): Promise<Pulled> {
    const { store, progress } = this.#puller;
    try {
      const isPresent = await store.isPresent(image);
      if (!isPresent && imagePullPolicy === "Never") return this.#refuse(image);
      if (!isPresent) this.#tell("Normal", "Pulling", `Pulling image "${image}"`);
      const began = this.#clock.now().getTime();
      const environment = await store.pull(image, progress(image), signal);
      const seconds = (this.#clock.now().getTime() - began) / 1000;
      const present = `Container image "${image}" already present on machine`;
      this.#tell(
        "Normal",
        "Pulled",
        isPresent ? present : `Successfully pulled image "${image}" in ${seconds.toFixed(1)}s`,
      );
      if (environment.warning && !this.#warned.has(image))
        this.#tell("Warning", "ImageApproximated", environment.warning);
      this.#warned.add(image);
      this.#failures.delete(image);
      return { environment };
    } catch (error) {
      if (signal.aborted) return { reason: "ContainerCreating", message: "", retryMs: 0 };
      return this.#failed(image, errorText(error));
    }
  }

  #refuse(image: string): Pulled {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    this.#tell("Warning", "ErrImageNeverPull", message);
    return { reason: "ErrImageNeverPull", message, retryMs: firstRetryMs };
  }

  #failed(image: string, why: string): Pulled {
    const failures = (this.#failures.get(image) ?? 0) + 1;
    this.#failures.set(image, failures);
    const message = `Failed to pull image "${image}": ${why}`;
    this.#tell("Warning", "Failed", message);
    const retryMs = Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs);
    if (failures === 1) return { reason: "ErrImagePull", message, retryMs };
    return { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}": ${why}`, retryMs };
  }
}
