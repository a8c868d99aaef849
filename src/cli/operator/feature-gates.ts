/** `--feature-gates A=true,B=false`: the gates of both operators that this one stands in for, by their own names. Pure. */
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import { defaultRayGates, parseRayGates, type RayGates } from "../../api/ray/gates.ts";
import { closest } from "../../machinery/did-you-mean.ts";
import { operatorErrors } from "../errors/operator.ts";

export interface FeatureGates {
  readonly ray: RayGates;
  readonly jobSet: JobSetGates;
}

const jobSetGates: Readonly<Record<string, keyof JobSetGates>> = {
  InPlaceRestart: "inPlaceRestart",
  RestartJob: "restartJob",
  ElasticJobSet: "elasticJobSet",
};

export const gateNames: readonly string[] = [...Object.keys(defaultRayGates), ...Object.keys(jobSetGates)];

/** Throws naming the entry that is unknown (with what it might mean), malformed, or on without being supported. */
export function parseFeatureGates(text = ""): FeatureGates {
  const entries = text.split(",").filter((entry) => entry.trim() !== "");
  const nameOf = (entry: string) => entry.split("=")[0]?.trim() ?? "";
  const ours = entries.filter((entry) => nameOf(entry) in jobSetGates);
  const jobSet = ours.map((entry) => [jobSetGates[nameOf(entry)] ?? "", isOn(entry)]);
  const others = entries.filter((entry) => !ours.includes(entry));
  return { jobSet: Object.fromEntries(jobSet) as JobSetGates, ray: rayGates(others) };
}

function isOn(entry: string): boolean {
  const value = entry.split("=")[1]?.trim().toLowerCase();
  if (value === "true" || value === "false") return value === "true";
  throw refused(`feature gate ${entry}: expected true or false`);
}

function rayGates(entries: readonly string[]): RayGates {
  try {
    return parseRayGates(entries.join(","));
  } catch (cause) {
    const { message } = cause as Error;
    const near = closest(/unknown feature gate (\S+)$/.exec(message)?.[1] ?? "", gateNames);
    throw refused(near ? `${message}; did you mean ${near}?` : message).because(cause);
  }
}

const refused = (message: string) => operatorErrors.FEATURE_GATE(message, gateNames);
