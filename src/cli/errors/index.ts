/** Every area of errors, in the order of the reference page. A new area is added here. */
import { clusterArea } from "./cluster.ts";
import type { ErrorArea } from "./define.ts";
import { environmentArea } from "./environments.ts";
import { fileArea } from "./files.ts";
import { findArea } from "./find.ts";
import { flagArea } from "./flags.ts";
import { imageArea } from "./images.ts";
import { initArea } from "./init.ts";
import { manifestArea } from "./manifests.ts";
import { migrateArea } from "./migrate.ts";
import { mountsArea } from "./mounts.ts";
import { operatorArea } from "./operator.ts";
import { outputsArea } from "./outputs.ts";
import { rayLogArea } from "./ray-logs.ts";
import { reachArea } from "./reach.ts";
import { secretArea } from "./secrets.ts";
import { selectionArea } from "./selection.ts";
import { steerArea } from "./steer.ts";
import { storageArea } from "./storage.ts";
import { sweepArea } from "./sweep.ts";
import { whyArea } from "./why.ts";

export const errorAreas: readonly ErrorArea[] = [
  flagArea,
  fileArea,
  manifestArea,
  findArea,
  clusterArea,
  imageArea,
  environmentArea,
  initArea,
  migrateArea,
  mountsArea,
  operatorArea,
  outputsArea,
  rayLogArea,
  reachArea,
  secretArea,
  selectionArea,
  steerArea,
  storageArea,
  sweepArea,
  whyArea,
];
