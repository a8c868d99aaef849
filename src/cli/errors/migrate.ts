/** Errors of `windlass migrate`. */
import { defineErrors, makersOf } from "./define.ts";

export const migrateArea = defineErrors("Migrating manifests", {
  CANNOT_MIGRATE: {
    when: "`migrate` does not recognize the manifest's format",
    message: (file: string, problems: string) => `${file}: ${problems}; nothing was changed`,
  },
  CANNOT_WRITE: {
    when: "`migrate --write` cannot change the file",
    message: (file: string, reason: string) => `cannot write ${file}: ${reason}`,
    remedy: "make the file and its folder writable, or leave out --write to print the result",
  },
});

export const migrateErrors = makersOf(migrateArea);
