import { describe, expect, test } from "vitest";
import { readJsonLines } from "./json-lines.ts";
import { metricFiles, prefixOf } from "./read-metrics.ts";
import { readEvents } from "./tensorboard-events.ts";

/** Written by TensorBoard's own EventFileWriter: three steps of `train/loss` as simple values, each with a picture beside it. */
const simple =
  "SAAAAAAAAAD+kkidCe2Yi9Z3wNpBGg1icmFpbi5FdmVudDoyUi4KLHRlbnNvcmJvYXJkLnN1bW1hcnkud3JpdGVyLmV2ZW50X2ZpbGVfd3JpdGVyenQv8ikAAAAAAAAAN/9fAAkAAAAAAABZQCoeChEKCnRyYWluL2xvc3MVAACAPwoJCgNpbWciAggBWs+4lysAAAAAAAAAhhvDSwkAAAAAAEBZQBABKh4KEQoKdHJhaW4vbG9zcxUAAAA/CgkKA2ltZyICCAFOzjLuKwAAAAAAAACGG8NLCQAAAAAAgFlAEAIqHgoRCgp0cmFpbi9sb3NzFauqqj4KCQoDaW1nIgIIASfxCSM=";
/** Two steps of `accuracy` as TensorFlow 2 writes scalars: tensors without dimensions. */
const tensors =
  "SAAAAAAAAAD+kkidCS6Tr9Z3wNpBGg1icmFpbi5FdmVudDoyUi4KLHRlbnNvcmJvYXJkLnN1bW1hcnkud3JpdGVyLmV2ZW50X2ZpbGVfd3JpdGVyrHnxKzAAAAAAAAAAlfXQXwkAAAAAAABpQColCiMKCGFjY3VyYWN5QgoIARIAKgQAAAA/SgsKCQoHc2NhbGFyc2paBBgyAAAAAAAAACQZVuwJAAAAAAAgaUAQASolCiMKCGFjY3VyYWN5QgoIARIAKgQAAEA/SgsKCQoHc2NhbGFycxVYxAw=";
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

describe("an event file", () => {
  test("has the last value and step of each scalar, and nothing else", () => {
    expect([...readEvents(bytes(simple))]).toEqual([["train/loss", { value: Math.fround(1 / 3), step: 2 }]]);
    expect([...readEvents(bytes(tensors))]).toEqual([["accuracy", { value: 0.75, step: 1 }]]);
  });

  test.each<[string, (file: Uint8Array) => Uint8Array, number | undefined]>([
    ["that was cut off has what was whole", (file) => file.subarray(0, file.length - 5), 1],
    ["with a wrong byte has what stands before it", (file) => file.with(file.length - 20, 0xff), 1],
    ["with a wrong length has what stands before it", (file) => file.with(72, 0xff), undefined],
    ["that is empty has nothing", () => new Uint8Array(), undefined],
    [
      "that is something else has nothing",
      () => new TextEncoder().encode("not an event file at all, but a text"),
      undefined,
    ],
  ])("%s", (_, spoil, step) => {
    expect(readEvents(spoil(bytes(simple))).get("train/loss")?.step).toBe(step);
  });
});

test.each<[string, string, Readonly<Record<string, unknown>>]>([
  [
    "the last value of each number",
    '{"step": 1, "loss": 2}\n{"step": 2, "loss": 1}\n{"step": 3, "acc": 0.5}\n',
    { step: { value: 3, step: 3 }, loss: { value: 1, step: 2 }, acc: { value: 0.5, step: 3 } },
  ],
  ["numbers within objects, by their path", '{"val": {"loss": 1}}', { "val/loss": { value: 1 } }],
  [
    "nothing of texts, lists and lines that are broken",
    '{"a": "1", "b": [1], "c": null}\nnoise\n{"d": 1}\n{"d": ',
    { d: { value: 1 } },
  ],
  ["one object over several lines", '{\n  "loss": 3\n}\n', { loss: { value: 3 } }],
])("JSON lines: %s", (_, text, wanted) => {
  expect(Object.fromEntries(readJsonLines(text))).toEqual(wanted);
});

test("files with metrics are found by their names, the oldest first", () => {
  const file = (path: string, day: number, size = 1) => ({ path, bytes: size, modified: new Date(2026, 0, day) });
  const found = metricFiles([
    file("metrics.jsonl", 2),
    file("tensorboard/events.out.tfevents.1.host", 1),
    file("model.pt", 3),
    file("predictions.jsonl", 3),
    file("trial/result.json", 4),
    file("old-metrics.jsonl", 5, 1e9),
  ]);
  expect(found.map(({ path }) => path)).toEqual([
    "tensorboard/events.out.tfevents.1.host",
    "metrics.jsonl",
    "trial/result.json",
  ]);
});

test.each([
  ["tensorboard/val/events.out.tfevents.1", "val/"],
  ["tensorboard/events.out.tfevents.1", ""],
  ["trial_0/result.json", "trial_0/"],
  ["metrics.jsonl", ""],
])("the metrics of %s begin with %j", (path, prefix) => {
  expect(prefixOf(path)).toBe(prefix);
});
