/** Where outputs and inputs of a cluster's experiments are, as flags or the environment name it. */
import { resolve } from "node:path";
import { isBucket, type Storage } from "../../controllers/experiment/compile/storage.ts";
import { storageErrors } from "../errors/storage.ts";
import { forPods, hasKeys, s3AccessOf } from "./s3-access.ts";
import { parsePlace, S3Client } from "./s3-client.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export interface PlaceFlags {
  readonly outputs?: string;
  readonly inputs?: string;
}

const names = ["outputs", "inputs"] as const;

const variableOf = { outputs: "WINDLASS_OUTPUTS", inputs: "WINDLASS_INPUTS" } as const;

/** A bucket as it is, a folder in full. Throws UserError for what is no bucket's name. */
function parse(flag: string, place: string, cwd: string): string {
  if (!isBucket(place)) return resolve(cwd, place);
  if (!parsePlace(place)) throw storageErrors.STORAGE_PLACE(flag, place, "expected s3://BUCKET or s3://BUCKET/PREFIX");
  return place;
}

/** Flags over variables. Throws UserError. */
export function placesOf(flags: PlaceFlags, env: Variables, cwd: string): PlaceFlags {
  const found = names.flatMap((name) => {
    const place = flags[name] ?? env[variableOf[name]];
    const from = flags[name] === undefined ? variableOf[name] : `--${name}`;
    return place ? [[name, parse(from, place, cwd)] as const] : [];
  });
  return Object.fromEntries(found);
}

/** Storage whose containers take keys and endpoint from `env`. Throws UserError for buckets without keys. */
export function storageWith(places: PlaceFlags, env: Variables): Storage {
  const buckets = names.flatMap((name) => (isBucket(places[name] ?? "") ? [places[name] ?? ""] : []));
  const [first] = buckets;
  if (first === undefined) return places;
  const access = s3AccessOf(env);
  if (!hasKeys(access)) throw storageErrors.STORAGE_KEYS(first);
  return { ...places, s3: access };
}

/** Asks each bucket for one object, so that wrong keys are told now and not by every experiment. Throws UserError. */
export async function checkBuckets(storage: Storage): Promise<void> {
  const { s3 } = storage;
  const buckets = names.map((name) => parsePlace(storage[name] ?? "")).filter((place) => place !== undefined);
  if (s3) await Promise.all(buckets.map((place) => new S3Client(s3).list(place, 1)));
}

/** The same as the pods of this machine reach it. */
export const storageForPods = (storage: Storage): Storage =>
  storage.s3 ? { ...storage, s3: forPods(storage.s3) } : storage;
