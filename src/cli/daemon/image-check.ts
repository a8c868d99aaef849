/**
 * What an environment lacks for the part that the manifest gives it: a head without Ray or its dashboard, a debug session
 * without Jupyter. Its container would end and be started again for ever, so it is told before anything starts, with the
 * line to add. Pure.
 */
import { isAtLeast, parseRayVersion } from "../../api/ray/versions.ts";
import { type Manifest, parseManifest } from "../../manifest/index.ts";
import type { ImageFacts } from "./image-facts.ts";

/** The program that TensorBoard is, and the package that brings it. */
export const tensorboard = "tensorboard";

export interface Lack {
  readonly message: string;
  readonly remedy: string;
}

/** Of a manifest's text; undefined when it is not valid, which others say. */
export const manifestOf = (text: string): Manifest | undefined =>
  parseManifest(text, { file: "manifest.yaml" }).manifest;

const add = (line: string, otherwise = "") =>
  `add \`${line}\` to the source's requirements.txt${otherwise && `, or ${otherwise}`}`;

function rayLack(manifest: Manifest, facts: ImageFacts, place: string): Lack | undefined {
  const { rayVersion } = manifest.spec;
  const version = facts.ray ?? rayVersion;
  const line = `ray[default]${version ? `==${version}` : ""}`;
  if (!facts.has("ray")) {
    return {
      message: `operator kuberay needs Ray, but ${place} has no \`ray\` program`,
      remedy: add(line, `install it on this machine: pip install '${line}'`),
    };
  }
  if (facts.missingModules.length > 0) {
    return {
      message: `commands are submitted through Ray's dashboard, but ${place} has Ray ${facts.ray ?? ""} without the dashboard's dependencies: ${facts.missingModules.join(", ")}`,
      remedy: add(line),
    };
  }
  return undefined;
}

function wgetLack({ spec: { rayVersion } }: Manifest, facts: ImageFacts): Lack | undefined {
  if (isAtLeast(rayVersion, 2, 53) || facts.has("wget")) return undefined;
  return {
    message: `the health checks of Ray before 2.53 need wget${rayVersion ? "" : " (the manifest sets no rayVersion)"}, which is not installed`,
    remedy: 'install wget (`apt-get install wget`), or use Ray 2.53 or newer and set `rayVersion: "2.53.0"`',
  };
}

function jupyterLack({ spec }: Manifest, facts: ImageFacts, place: string): Lack | undefined {
  const { jupyter } = spec.debug ?? {};
  const path = jupyter === true ? "jupyter" : jupyter && jupyter.enabled ? (jupyter.path ?? "jupyter") : undefined;
  if (path === undefined) return undefined;
  const missing = [path, ...(path === "jupyter" ? ["jupyter-notebook"] : [])].find((program) => !facts.has(program));
  if (!missing) return undefined;
  return {
    message: `debug.jupyter runs \`${path} notebook\`, but ${place} has no \`${missing}\` program`,
    remedy: path === "jupyter" ? add("notebook") : "fix debug.jupyter.path, or leave it out",
  };
}

function tensorboardLack({ spec }: Manifest, facts: ImageFacts, place: string): Lack | undefined {
  if (spec.tensorboard?.enabled !== true || facts.has(tensorboard)) return undefined;
  return {
    message: `tensorboard.enabled is set, but ${place} has no \`${tensorboard}\` program`,
    remedy: add(tensorboard, "set tensorboard.enabled to false"),
  };
}

/** The first thing that is missing. `place` is where it was looked for, in words. */
export function findLack(manifest: Manifest, facts: ImageFacts, place: string): Lack | undefined {
  const isRay = manifest.spec.operator === "kuberay";
  return (
    (isRay ? (rayLack(manifest, facts, place) ?? wgetLack(manifest, facts)) : undefined) ??
    jupyterLack(manifest, facts, place) ??
    tensorboardLack(manifest, facts, place)
  );
}

/** Whether `findLack` looks at anything at all. */
export const isChecked = ({ spec }: Manifest): boolean =>
  spec.operator === "kuberay" || spec.tensorboard?.enabled === true || spec.debug?.jupyter !== undefined;

/** What is no reason to refuse, but will surprise. */
export function findMismatch({ spec: { operator, rayVersion } }: Manifest, { ray }: ImageFacts): string | undefined {
  if (operator !== "kuberay" || !rayVersion || !ray) return undefined;
  const [wanted, have] = [parseRayVersion(rayVersion), parseRayVersion(ray)];
  if (!wanted || !have || wanted.join(".") === have.join(".")) return undefined;
  return `the manifest sets rayVersion ${rayVersion}, but the environment has Ray ${ray}: set \`rayVersion: "${ray}"\`, or put \`ray[default]==${rayVersion}\` in requirements.txt`;
}
