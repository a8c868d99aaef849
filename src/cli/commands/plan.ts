/** `windlass plan [file]`: what a manifest would create, without creating it. */
import { type Command, Option } from "commander";
import { stringify } from "yaml";
import type { EnvVar } from "../../api/core/pod.ts";
import { type Demand, type ManifestPlan, planManifest } from "../../manifest/index.ts";
import { type Io, paint, writeJson, writeLine } from "../program/io.ts";
import { formatHumanAmount } from "../../machinery/human-quantity.ts";
import { formatColumns } from "../display/columns.ts";
import { checkDockerfile, formatCheck, sourceOfManifest } from "../submit/check-dockerfile.ts";
import { findManifest } from "../submit/find-manifest.ts";
import { loadManifest } from "./validate.ts";

const firstResources = ["cpu", "memory"];

/** CPU and memory, then whatever else is asked for, each a column. */
function columnsOf({ total }: ManifestPlan): readonly string[] {
  const others = Object.keys(total).filter((name) => !firstResources.includes(name));
  return [...firstResources, ...others.toSorted()];
}

function demandTable(plan: ManifestPlan): string {
  const columns = columnsOf(plan);
  const row = (name: string, pods: number, requests: Demand["requests"]) => [
    name,
    String(pods),
    ...columns.map((column) => {
      const amount = requests[column];
      return amount === undefined ? "-" : formatHumanAmount(column, amount);
    }),
  ];
  const pods = plan.demands.reduce((sum, demand) => sum + demand.pods, 0);
  const rows = plan.demands.map((demand) => row(demand.name, demand.pods, demand.requests));
  const headings = ["GROUP", "PODS", ...columns.map((column) => column.toUpperCase())];
  return formatColumns(headings, [...rows, row("total", pods, plan.total)]);
}

function formatVariable({ name, value, valueFrom }: EnvVar): string {
  return `${name}=${value ?? `<${valueFrom?.fieldRef?.fieldPath ?? "set at run time"}>`}`;
}

function envLines({ demands }: ManifestPlan): readonly string[] {
  return demands
    .filter(({ env }) => env.length > 0)
    .flatMap(({ name, env }) => [`variables of ${name}:`, ...env.map((variable) => `  ${formatVariable(variable)}`)]);
}

function formatPlan(io: Io, plan: ManifestPlan): string {
  const { operator, image, command, timeoutSeconds, objects } = plan;
  const about = [
    ["operator", operator],
    ["image", image ?? "(none: built from source)"],
    ["command", command.trim().replaceAll("\n", "\n           ")],
    ["timeout", timeoutSeconds === undefined ? "none" : `${timeoutSeconds} s`],
    ["creates", objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(", ")],
  ];
  return [
    ...about.map(([key = "", value = ""]) => `${paint(io, "bold", key.padEnd(10))} ${value}`),
    "",
    "requests per pod, and in total of all pods that run at once:",
    demandTable(plan),
    ...envLines(plan),
  ].join("\n");
}

/** YAML is the objects alone, ready for `kubectl apply`; JSON is the whole plan. */
async function plan(io: Io, given: string | undefined, output: string): Promise<void> {
  const file = findManifest(io.cwd, given);
  const { manifest } = loadManifest(io, file);
  const found = planManifest(manifest);
  if (output === "json") writeJson(io, found);
  else if (output === "yaml") {
    io.stdout.write(
      found.objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join("---\n"),
    );
  } else {
    const dockerfile = formatCheck(io, await checkDockerfile(io, sourceOfManifest(io.cwd, file), manifest));
    writeLine(io, [formatPlan(io, found), ...(dockerfile ? ["", dockerfile] : [])].join("\n"));
  }
}

export function registerPlan(program: Command, io: Io, exit: (status: number) => void): void {
  program
    .command("plan")
    .argument("[manifest]", "manifest file, or a folder with a manifest.yaml (default: this folder)")
    .description("show what a manifest would create: pods, their resource requests, objects")
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "yaml", "json"]).default("table"))
    .action(async (manifest: string | undefined, flags: { readonly output: string }) => {
      await plan(io, manifest, flags.output);
      exit(0);
    });
}
