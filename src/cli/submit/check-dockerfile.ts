/** A manifest's Dockerfile before anything runs: errors that Docker would have, and the lines that are not followed on this machine. */
import { dirname, resolve } from "node:path";
import { describeNotices } from "../../local/images/dockerfile/describe-notices.ts";
import {
  DockerfileInvalidError,
  DockerfileMissingError,
  readSourceDockerfile,
} from "../../local/images/find-dockerfile.ts";
import { machinePackages } from "../../local/images/system-packages.ts";
import type { Manifest } from "../../manifest/index.ts";
import { imageErrors } from "../errors/images.ts";
import { type Io, paint } from "../program/io.ts";

/** The folder that a manifest's paths are below: its own, or the one above `aichor_manifests/`. */
export function sourceOfManifest(cwd: string, file: string): string {
  const folder = dirname(resolve(cwd, file));
  return folder.endsWith("/aichor_manifests") ? dirname(folder) : folder;
}

export interface DockerfileCheck {
  readonly file: string;
  /** One line each, with its number. */
  readonly notFollowed: readonly string[];
}

/** Runs `work`, what is wrong with a Dockerfile being told to the user. */
export async function translateDockerfileErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DockerfileMissingError)
      throw imageErrors.DOCKERFILE_NOT_FOUND(error.message, error.near).because(error);
    if (error instanceof DockerfileInvalidError) throw imageErrors.DOCKERFILE_INVALID(error.message).because(error);
    throw error;
  }
}

/** Undefined where no image is built from a Dockerfile. Throws UserError. */
export async function checkDockerfile(
  io: Io,
  source: string,
  { builder = {} }: Manifest,
): Promise<DockerfileCheck | undefined> {
  if (builder.skipBuild?.enabled) return undefined;
  const { buildArgs, ...fields } = builder;
  const args = buildArgs && Object.fromEntries(Object.entries(buildArgs).map(([name, value]) => [name, String(value)]));
  const built = { ...fields, ...(args && { buildArgs: args }) };
  const found = await translateDockerfileErrors(() => readSourceDockerfile(source, built));
  if (!found) return undefined;
  const { file, recipe } = found;
  return { file, notFollowed: describeNotices(recipe.notices, machinePackages(io.env["PATH"] ?? "")) };
}

/** Undefined when everything is followed. */
export function formatCheck(io: Io, check: DockerfileCheck | undefined): string | undefined {
  if (!check || check.notFollowed.length === 0) return undefined;
  const { file, notFollowed } = check;
  const number = notFollowed.length === 1 ? "one line is" : `${notFollowed.length} lines are`;
  return [
    `${file}: ${number} not followed on this machine:`,
    ...notFollowed.map((line) => `  ${paint(io, "dim", line)}`),
  ].join("\n");
}
