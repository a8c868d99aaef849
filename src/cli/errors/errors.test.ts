import { expect, test } from "vitest";
import { errorAreas } from "./index.ts";
import { fileErrors } from "./files.ts";

test("an error has the message, the remedy and the exit status of its table", () => {
  const cause = new Error("ENOENT");
  const error = fileErrors.FILE_NOT_FOUND("a.yml", "a.yaml").because(cause);
  expect(error).toMatchObject({ code: "FILE_NOT_FOUND", message: "a.yml does not exist", exitStatus: 1, cause });
  expect(error.remedy).toBe("did you mean a.yaml?");
  expect(fileErrors.FILE_UNREADABLE("b", "EACCES").remedy).toBe("make the file readable, or name another one");
});

test("no code stands in two areas, and every code is UPPER_SNAKE", () => {
  const codes = errorAreas.flatMap(({ table }) => Object.keys(table));
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.filter((code) => !/^[A-Z]+(_[A-Z]+)*$/.test(code))).toEqual([]);
});
