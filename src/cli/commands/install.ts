/** `windlass install --crds-only`: puts the definitions of Windlass' kinds into a cluster that the user names. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { CustomResourceDefinition } from "../../api/core/kinds.ts";
import { definitions } from "../../api/definitions.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { Client } from "../../kube/client.ts";
import { isConflict, isNotFound } from "../../kube/errors.ts";
import { operatorErrors } from "../errors/operator.ts";
import { gateNames, parseFeatureGates } from "../operator/feature-gates.ts";
import { formatColumns } from "../display/columns.ts";
import { type Io, writeJson, writeLine } from "../program/io.ts";
import { jsonOption } from "../display/json-option.ts";
import { type TargetFlags, withConnection, withTarget } from "../connect/target.ts";

const establishMs = 30_000;

interface InstallFlags extends TargetFlags {
  readonly crdsOnly?: boolean;
  readonly forceConflicts?: boolean;
  readonly featureGates?: string;
  readonly output?: string;
}

interface Definition extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

type Outcome = "created" | "configured" | "unchanged";

const refOf = ({ metadata }: Definition) => ({ kind: CustomResourceDefinition, name: metadata.name ?? "" });

async function find(client: Client, definition: Definition): Promise<Definition | undefined> {
  try {
    return await client.get<Definition>(refOf(definition));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function apply(client: Client, definition: Definition, force: boolean): Promise<Outcome> {
  const before = await find(client, definition);
  try {
    const after = await client.patch<Definition>(refOf(definition), definition, { type: "apply", force });
    if (!before) return "created";
    return before.metadata.generation === after.metadata.generation ? "unchanged" : "configured";
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw operatorErrors.CRD_OWNED(definition.metadata.name ?? "", error.message).because(error);
  }
}

const isEstablished = (definition: Definition | undefined) =>
  definition?.status?.conditions?.some(({ type, status }) => type === "Established" && status === "True");

async function untilEstablished(client: Client, definition: Definition): Promise<void> {
  const deadline = Date.now() + establishMs;
  while (!isEstablished(await find(client, definition))) {
    if (Date.now() > deadline)
      throw operatorErrors.CRD_NOT_ESTABLISHED(definition.metadata.name ?? "", establishMs / 1000);
    await sleep(100);
  }
}

async function install(io: Io, flags: InstallFlags): Promise<void> {
  if (!flags.crdsOnly) throw operatorErrors.CRDS_ONLY();
  if (flags.context === undefined && flags.kubeconfig === undefined) {
    const remedy = "name the cluster with --context NAME; the local cluster already has all definitions";
    throw operatorErrors.NO_CLUSTER("install into", remedy);
  }
  await withConnection(io, flags, async ({ client, name }) => {
    const results: { readonly name: string; readonly outcome: Outcome }[] = [];
    const wanted: readonly Definition[] = definitions(parseFeatureGates(flags.featureGates).jobSet);
    for (const definition of wanted) {
      const outcome = await apply(client, definition, flags.forceConflicts === true);
      results.push({ name: definition.metadata.name ?? "", outcome });
    }
    await Promise.all(wanted.map((definition) => untilEstablished(client, definition)));
    if (flags.output === "json") return writeJson(io, { target: name, definitions: results });
    const rows = results.map((result) => [result.name, result.outcome]);
    writeLine(io, formatColumns(["DEFINITION", "RESULT"], rows));
  });
}

export function registerInstall(program: Command, io: Io): void {
  withTarget(
    program
      .command("install")
      .description("install Windlass' custom resource definitions into a Kubernetes cluster")
      .option("--crds-only", "install only the custom resource definitions")
      .option("--force-conflicts", "take over definitions that KubeRay's or JobSet's chart installed")
      .option("--feature-gates <gates>", `feature gates that the operator will use: ${gateNames.join(", ")}`)
      .addOption(jsonOption()),
  ).action((flags: InstallFlags) => install(io, flags));
}
