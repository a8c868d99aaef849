/** The local cluster's source builder: snapshots and environments, its progress kept in a file per experiment. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { SourceBuilder } from "../../controllers/experiment/controller.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import type { Images } from "../../local/images/image-store.ts";
import { findLack, findMismatch, isChecked, manifestOf, tensorboard } from "./image-check.ts";
import { imageFacts } from "./image-facts.ts";

export const buildLogFile = (state: string, experiment: string): string => join(state, "builds", `${experiment}.log`);

export function sourceBuilder(images: Images, state: string): SourceBuilder {
  const progressTo = (experiment: Experiment) => {
    const file = buildLogFile(state, experiment.metadata.name ?? "");
    mkdirSync(join(state, "builds"), { recursive: true });
    return (line: string) => appendFileSync(file, `${new Date().toISOString()} ${line}\n`);
  };
  return {
    async clone({ directory, builder }, experiment) {
      const snapshot = images.snapshot(directory, builder);
      progressTo(experiment)(
        `snapshot of ${directory}: ${snapshot.files} files, ${Math.ceil(snapshot.bytes / 1024)} KiB`,
      );
      return snapshot.folder;
    },
    async build(request, snapshot, experiment, signal) {
      const { builder, name } = request;
      const progress = progressTo(experiment);
      const manifest = manifestOf(experiment.spec.manifest);
      const programs = manifest?.spec.tensorboard?.enabled === true ? [tensorboard] : [];
      const built = await images.build({ directory: snapshot, name, builder, programs }, progress, signal);
      if (!manifest || !isChecked(manifest)) return built;
      const { env } = await images.pull(built.reference, progress, signal);
      const place = `the environment of ${resolve(request.directory, builder.context ?? ".")}`;
      const facts = await imageFacts(env["PATH"] ?? "", env["VIRTUAL_ENV"]);
      const lack = findLack(manifest, facts, place);
      if (lack) throw new Error(`${lack.message}; ${lack.remedy}`);
      const warning = findMismatch(manifest, facts);
      if (warning) progress(`warning: ${warning}`);
      return { ...built, ...(warning && { warning }) };
    },
  };
}
