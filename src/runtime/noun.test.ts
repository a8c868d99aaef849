/** How writes are told: from a noun alone, and with what it words otherwise. */
import { describe, expect, test } from "vitest";
import { failureOf, type Noun, successOf, type Verb, type Written } from "./noun.ts";

const plain: Noun = { reason: "HeadPod", subject: "head Pod" };
const special: Noun = {
  reason: "AllPods",
  subject: "Pods",
  success: { Delete: { reason: "DeletedPod", message: "Deleted everything of {object}" } },
  failure: { Create: { message: "Failed to create {name}" } },
  action: "Cleanup",
};
const written: Written = { namespace: "default", name: "a" };
const normal = (reason: string, action: string, message: string) => ({ type: "Normal", reason, action, message });
const warning = (reason: string, action: string, message: string) => ({ type: "Warning", reason, action, message });

describe("a success", () => {
  const rows: readonly (readonly [string, Noun, Verb, Written, unknown])[] = [
    [
      "is told of by the noun",
      plain,
      "Create",
      written,
      normal("CreatedHeadPod", "Create", "Created head Pod default/a"),
    ],
    [
      "of an object without a namespace",
      plain,
      "Delete",
      { name: "a" },
      normal("DeletedHeadPod", "Delete", "Deleted head Pod a"),
    ],
    [
      "is worded otherwise",
      special,
      "Delete",
      written,
      normal("DeletedPod", "Cleanup", "Deleted everything of default/a"),
    ],
    [
      "says what it is about, where that is no name",
      special,
      "Delete",
      { ...written, object: "group g" },
      normal("DeletedPod", "Cleanup", "Deleted everything of group g"),
    ],
    ["of a quiet noun is not told", { ...plain, quiet: true }, "Create", written, undefined],
  ];
  test.each(rows)("%s", (_, noun, verb, of, expected) => expect(successOf(noun, verb, of)).toEqual(expected));

  test("has its own sentence", () => {
    const expected = normal("DeletedHeadPod", "Delete", "Deleted default/a; why");
    expect(successOf(plain, "Delete", written, "Deleted {object}; why")).toEqual(expected);
  });
});

describe("a failure", () => {
  const rows: readonly (readonly [string, Noun, Verb, Written, unknown])[] = [
    [
      "is told of by the noun",
      plain,
      "Update",
      written,
      warning("FailedToUpdateHeadPod", "Update", "Failed to update head Pod default/a"),
    ],
    [
      "is worded otherwise",
      special,
      "Create",
      written,
      warning("FailedToCreateAllPods", "Cleanup", "Failed to create a"),
    ],
    [
      "says what it is about, where that is no name",
      special,
      "Delete",
      { ...written, object: "group g" },
      warning("FailedToDeleteAllPods", "Cleanup", "Failed to delete Pods group g"),
    ],
    [
      "of a quiet noun is told",
      { ...plain, quiet: true },
      "Create",
      written,
      warning("FailedToCreateHeadPod", "Create", "Failed to create head Pod default/a"),
    ],
  ];
  test.each(rows)("%s", (_, noun, verb, of, expected) => expect(failureOf(noun, verb, of)).toEqual(expected));
});
