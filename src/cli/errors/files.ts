/** Errors of files and folders that the user names. */
import { defineErrors, makersOf } from "./define.ts";

export const fileArea = defineErrors("Files and folders", {
  FILE_NOT_FOUND: {
    when: "a file or folder named on the command line does not exist",
    message: (file: string, _near?: string, _remedy?: string) => `${file} does not exist`,
    remedy: (_file: string, near?: string, remedy = "check the path, or name another file") =>
      near ? `did you mean ${near}?` : remedy,
  },
  FILE_UNREADABLE: {
    when: "a file exists but cannot be read",
    message: (file: string, reason: string) => `cannot read ${file}: ${reason}`,
    remedy: "make the file readable, or name another one",
  },
});

export const fileErrors = makersOf(fileArea);
