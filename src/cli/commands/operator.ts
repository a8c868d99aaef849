/** `windlass operator`: the controllers alone, against any Kubernetes API: in a pod, or with a kubeconfig. */
import type { Command } from "commander";
import { type ControllerName, controllerNames, gateOf } from "../../controllers/index.ts";
import { closest } from "../../machinery/did-you-mean.ts";
import { isDns1123Label } from "../../machinery/names.ts";
import { noPodDefaults } from "../../controllers/raycluster/options.ts";
import type { Io } from "../program/io.ts";
import { parseConfiguration } from "../operator/configuration.ts";
import { type FeatureGates, gateNames, parseFeatureGates } from "../operator/feature-gates.ts";
import { operate, type OperatorOptions } from "../operator/operate.ts";
import { readUserFile } from "../connect/target.ts";
import { isBucket, type Storage } from "../../controllers/experiment/compile/storage.ts";
import { operatorErrors } from "../errors/operator.ts";
import { storageErrors } from "../errors/storage.ts";
import { checkBuckets, type PlaceFlags, placesOf, storageWith } from "../storage/places.ts";
import { isOnLoopback } from "../storage/s3-access.ts";
import { endpointOf } from "../storage/s3-client.ts";
import { UserError } from "../errors/user-error.ts";

interface OperatorFlags extends PlaceFlags, Omit<OperatorOptions, "controllers" | "gates" | "podDefaults" | "storage"> {
  readonly controllers?: string;
  readonly config?: string;
  readonly featureGates?: string;
}

const isController = (name: string): name is ControllerName => (controllerNames as readonly string[]).includes(name);

/** Names that are given must be of controllers that run. */
function parseNames(text: string | undefined, { ray }: FeatureGates): readonly ControllerName[] {
  if (text === undefined) return controllerNames;
  return text.split(",").map((name) => {
    if (isController(name)) {
      const gate = gateOf[name];
      if (gate && !ray[gate]) throw operatorErrors.CONTROLLER_GATED(name, gate);
      return name;
    }
    const near = closest(name, controllerNames);
    throw operatorErrors.UNKNOWN_CONTROLLER(name, near, controllerNames);
  });
}

/** An API server answers an empty list for a namespace that cannot exist: such an operator would wait for ever. */
function checkNamespace(name: string | undefined): void {
  const [problem] = name === undefined ? [] : isDns1123Label(name);
  if (problem === undefined) return;
  throw operatorErrors.BAD_NAMESPACE(name ?? "", problem);
}

/** Folders of this machine are none of the nodes'. */
function bucketsOf(flags: PlaceFlags, io: Io): Storage {
  const places = placesOf(flags, {}, io.cwd);
  for (const [name, place] of Object.entries(places) as readonly (readonly [string, string])[])
    if (!isBucket(place)) throw storageErrors.STORAGE_PLACE(`--${name}`, place, "a cluster needs a bucket");
  const storage = storageWith(places, io.env);
  if (storage.s3 && isOnLoopback(storage.s3)) throw storageErrors.STORAGE_LOOPBACK(endpointOf(storage.s3));
  return storage;
}

/** An address that only pods reach cannot be tried from outside of the cluster: that is worth a warning, no more. */
async function tryBuckets(storage: Storage, io: Io): Promise<void> {
  try {
    await checkBuckets(storage);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== "STORAGE_UNREACHABLE") throw error;
    io.stderr.write(`warning: the buckets are not checked: ${error.message}\n`);
  }
}

export function registerOperator(program: Command, io: Io): void {
  program
    .command("operator")
    .description("run the controllers against a Kubernetes cluster")
    .option("--kubeconfig <file>", "kubeconfig file of the cluster (default in a pod: its service account)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "watch one namespace only")
    .option("--controllers <names>", `comma-separated: ${controllerNames.join(", ")} (default: all)`)
    .option("--feature-gates <gates>", `NAME=true,NAME=false: ${gateNames.join(", ")}`)
    .option("--config <file>", "file with KubeRay's Configuration: defaults for all Ray pods")
    .option("--outputs <place>", "s3://BUCKET/PREFIX for the outputs of experiments; keys from AWS_ACCESS_KEY_ID …")
    .option("--inputs <place>", "s3://BUCKET/PREFIX for the inputs of experiments")
    .option("--allow-host-paths", "allow experiments to mount folders of the nodes")
    .option("--no-leader-elect", "run without a Lease; only safe if no second operator can run")
    .option("--leader-election-namespace <name>", "namespace of the Lease (default: the context's, or the pod's)")
    .option(
      "--metrics-bind-address <address>",
      "address that serves /metrics; 0 disables it (default: :8080 in a pod, else 0)",
    )
    .option(
      "--health-probe-bind-address <address>",
      "address that serves /healthz and /readyz (default: :8082 in a pod, else 0)",
    )
    .action(async (flags: OperatorFlags) => {
      const { controllers, featureGates, config, outputs, inputs, ...options } = flags;
      checkNamespace(options.namespace);
      const storage = bucketsOf({ outputs, inputs }, io);
      await tryBuckets(storage, io);
      const gates = parseFeatureGates(featureGates);
      return operate(io, {
        ...options,
        controllers: parseNames(controllers, gates),
        storage,
        gates,
        podDefaults: config === undefined ? noPodDefaults : parseConfiguration(readUserFile(config), config),
      });
    });
}
