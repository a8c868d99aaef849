/** `windlass operator`: the controllers alone, against any Kubernetes API: in a pod, or with a kubeconfig. */
import { hostname } from "node:os";
import type { Command } from "commander";
import { pino } from "pino";
import { type ControllerName, controllerNames, controllers } from "../../controllers/index.ts";
import { rayOperatorOptions } from "../../controllers/raycluster/options.ts";
import { createClient } from "../../kube/create-client.ts";
import { createHttpsTransport } from "../../kube/https-transport.ts";
import { inClusterConfig, loadKubeconfig } from "../../kube/kubeconfig.ts";
import { closest } from "../../machinery/did-you-mean.ts";
import { directRayClient, proxiedRayClient } from "../../ray/http.ts";
import { pinoLogger } from "../../runtime/log.ts";
import { createManager } from "../../runtime/manager.ts";
import type { Io } from "../io.ts";
import { UserError } from "../user-error.ts";
import { version } from "../version.ts";

interface OperatorFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly controllers?: string;
}

function parseNames(text: string | undefined): readonly ControllerName[] {
  if (text === undefined) return controllerNames;
  return text.split(",").map((name) => {
    if ((controllerNames as readonly string[]).includes(name)) return name as ControllerName;
    const near = closest(name, controllerNames);
    throw new UserError(
      "UNKNOWN_CONTROLLER",
      `there is no controller "${name}"${near ? `; did you mean ${near}?` : ""}`,
      { remedy: `controllers: ${controllerNames.join(", ")}`, exitStatus: 2 },
    );
  });
}

async function operate(io: Io, flags: OperatorFlags): Promise<void> {
  const names = parseNames(flags.controllers);
  const inCluster = flags.kubeconfig || flags.context ? undefined : inClusterConfig(io.env);
  if (!inCluster && !flags.kubeconfig && !flags.context) {
    throw new UserError(
      "NO_CLUSTER",
      "no cluster to operate: this is not a pod, and neither --kubeconfig nor --context is given",
      { exitStatus: 2 },
    );
  }
  const config =
    inCluster ?? (await loadKubeconfig({ path: flags.kubeconfig ?? io.env["KUBECONFIG"], context: flags.context }));
  const transport = createHttpsTransport({ ...config.transport, userAgent: `windlass/${version}` });
  const client = createClient(transport, { fieldManager: "windlass" });
  const log = pinoLogger(pino({ level: io.env["WINDLASS_LOG_LEVEL"] ?? "info", base: null }, pino.destination(1)));
  const specs = controllers(
    {
      ray: rayOperatorOptions(`windlass-${version}`, io.env),
      // Outside the cluster its names do not resolve: Services are reached through the API server.
      rayClient: inCluster ? directRayClient(transport) : proxiedRayClient(transport),
      experiment: { platform: {} },
    },
    names,
  );
  const manager = createManager({ client, log, namespace: flags.namespace, instance: hostname() }, specs);
  await manager.start();
  log.info("operator is running", {
    controllers: names,
    context: config.context,
    namespace: flags.namespace ?? "(all)",
  });
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  await manager.stop();
  await transport.close?.();
}

export function registerOperator(program: Command, io: Io): void {
  program
    .command("operator")
    .description("run the controllers against a Kubernetes API")
    .option("--kubeconfig <file>", "kubeconfig of the cluster (in a pod: its service account)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "watch one namespace only")
    .option("--controllers <names>", `comma-separated: ${controllerNames.join(", ")} (default: all)`)
    .action((flags: OperatorFlags) => operate(io, flags));
}
