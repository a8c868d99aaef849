import { expect, test } from "vitest";
import { eventually, quiet } from "./eventually.ts";

/** Answers these one after the other, and the last one from then on; errors are thrown. */
function answers(...list: readonly unknown[]): () => unknown {
  let at = 0;
  return () => {
    const next = list[Math.min(at++, list.length - 1)];
    if (next instanceof Error) throw next;
    return next;
  };
}

test.each<[string, () => unknown, unknown]>([
  ["false and undefined are not yet it", answers(false, undefined, "found"), "found"],
  ["zero is an answer", answers(undefined, 0), 0],
  ["an empty text is an answer", answers(false, ""), ""],
  ["a check that throws has not come true yet", answers(new Error("not found"), { name: "a" }), { name: "a" }],
  ["a check may be asynchronous", answers(Promise.resolve(false), Promise.resolve("later")), "later"],
])("%s", async (_, check, found) => {
  expect(await eventually(check, "it is there")).toEqual(found);
});

test("what did not come is told, with the last error, as it is at the end", async () => {
  const failed = eventually(answers(new Error("refused")), () => "the server answers", 0);
  await expect(failed).rejects.toThrow("waited 0 s until the server answers (last: refused)");
});

test("it is quiet once the count stays", async () => {
  let count = 0;
  await quiet(() => (count < 5 ? ++count : count), 1);
  expect(count).toBe(5);
});
