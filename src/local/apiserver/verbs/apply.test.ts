/** Server-side apply over the API: who owns what, what is a conflict, and how it is told. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Api, configMap, configMaps, pod, pods, type Seen, startApi } from "../api.test-support.ts";

let api: Api;
beforeEach(() => {
  api = startApi();
});
afterEach(() => api.stop());

const contentType = "application/apply-patch+yaml";
const path = `${configMaps}/a`;

const apply = (fieldManager: string, data: object | undefined, query: Readonly<Record<string, string>> = {}) =>
  api.ask("PATCH", path, { contentType, query: { fieldManager, ...query }, body: configMap("a", data && { data }) });
const update = (fieldManager: string, data: object | undefined) =>
  api.ask("PATCH", path, { contentType: "application/merge-patch+json", query: { fieldManager }, body: { data } });

/** `manager operation` and what it owns, as text. */
const owners = ({ metadata }: Seen) =>
  Object.fromEntries(
    (metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }) => [`${manager} ${operation}`, fieldsV1]),
  );
const data = (...names: readonly string[]) => ({
  "f:data": Object.fromEntries(names.map((name) => [`f:${name}`, {}])),
});

type Step = readonly ["apply" | "force" | "update", manager: string, data: object | undefined];

interface Row {
  readonly steps: readonly Step[];
  readonly data: object | undefined;
  readonly owners: object;
}

const rows: Readonly<Record<string, Row>> = {
  "an apply creates, and owns what it sets": {
    steps: [["apply", "one", { a: "1" }]],
    data: { a: "1" },
    owners: { "one Apply": data("a") },
  },
  "what it no longer sets goes": {
    steps: [
      ["apply", "one", { a: "1", b: "1" }],
      ["apply", "one", { b: "1" }],
    ],
    data: { b: "1" },
    owners: { "one Apply": data("b") },
  },
  "what another added stays": {
    steps: [
      ["apply", "one", { a: "1" }],
      ["apply", "two", { b: "1" }],
      ["apply", "one", undefined],
    ],
    data: { b: "1" },
    owners: { "two Apply": data("b") },
  },
  "the same value has two owners, and goes with the last": {
    steps: [
      ["apply", "one", { a: "1" }],
      ["apply", "two", { a: "1" }],
      ["apply", "one", undefined],
    ],
    data: { a: "1" },
    owners: { "two Apply": data("a") },
  },
  "who applies an empty map sets nothing in it any more": {
    steps: [
      ["apply", "one", { a: "1" }],
      ["apply", "two", { b: "1" }],
      ["apply", "one", {}],
    ],
    data: { b: "1" },
    owners: { "one Apply": { "f:data": {} }, "two Apply": data("b") },
  },
  "by force a value changes its owner": {
    steps: [
      ["apply", "one", { a: "1", b: "1" }],
      ["force", "two", { a: "2" }],
    ],
    data: { a: "2", b: "1" },
    owners: { "one Apply": data("b"), "two Apply": data("a") },
  },
  "an update takes what it changes": {
    steps: [
      ["apply", "one", { a: "1", b: "1" }],
      ["update", "two", { a: "2" }],
    ],
    data: { a: "2", b: "1" },
    owners: { "one Apply": data("b"), "two Update": data("a") },
  },
  "one manager's apply and its updates are two owners": {
    steps: [
      ["apply", "one", { a: "1" }],
      ["update", "one", { b: "1" }],
    ],
    data: { a: "1", b: "1" },
    owners: { "one Apply": data("a"), "one Update": data("b") },
  },
};

test.each(Object.entries(rows))("%s", async (_, { steps, data: wanted, owners: wantedOwners }) => {
  for (const [kind, manager, given] of steps) {
    const answer =
      kind === "update" ? update(manager, given) : apply(manager, given, kind === "force" ? { force: "true" } : {});
    expect((await answer).status).toBeLessThan(300);
  }
  const found = await api.done<Seen>("GET", path);
  expect(found["data"]).toEqual(wanted);
  expect(owners(found)).toEqual(wantedOwners);
});

const conflicts: Readonly<
  Record<string, readonly [steps: readonly Step[], message: string, fields: readonly string[]]>
> = {
  "with an apply": [
    [["apply", "one", { a: "1" }]],
    'Apply failed with 1 conflict: conflict with "one": .data.a',
    [".data.a"],
  ],
  "with an update": [
    [
      ["apply", "two", {}],
      ["update", "one", { a: "1" }],
    ],
    'Apply failed with 1 conflict: conflict with "one" using v1: .data.a',
    [".data.a"],
  ],
  "with two managers": [
    [
      ["apply", "zoe", { a: "1", b: "1" }],
      ["apply", "one", { c: "1" }],
    ],
    'Apply failed with 3 conflicts: conflicts with "one":\n- .data.c\nconflicts with "zoe":\n- .data.a\n- .data.b',
    [".data.a", ".data.b", ".data.c"],
  ],
};
test.each(Object.entries(conflicts))("a conflict %s names the fields", async (_, [steps, message, fields]) => {
  for (const [kind, manager, given] of steps)
    await (kind === "update" ? update(manager, given) : apply(manager, given));
  const { status, body } = await apply("two", { a: "2", b: "2", c: "2" });
  const { details } = body as { readonly details: { readonly causes: readonly { reason: string; field: string }[] } };
  expect([status, (body as Seen).message]).toEqual([409, message]);
  expect(details.causes.map(({ field }) => field).toSorted()).toEqual(fields);
  expect(new Set(details.causes.map(({ reason }) => reason))).toEqual(new Set(["FieldManagerConflict"]));
});

test("what is applied again changes nothing", async () => {
  const { body: first } = await apply("one", { a: "1" });
  api.clock.advance(5000);
  expect((await apply("one", { a: "1" })).body).toEqual(first);
});

const applyPod = (to: string, more: object, fieldManager = "one") =>
  api.done<Seen>("PATCH", to, { contentType, query: { fieldManager }, body: { ...pod("p"), ...more } });

test("the status belongs to who applies the status, and to nobody else", async () => {
  const made = await applyPod(`${pods}/p`, { status: { phase: "Failed" } });
  expect(made["status"]).not.toMatchObject({ phase: "Failed" });
  expect(Object.keys(owners(made)["one Apply"] ?? {})).toEqual(["f:spec"]);
  const { spec: _, ...bare } = pod("p");
  const body = { ...bare, status: { message: "m" } };
  const told = await api.done<Seen>("PATCH", `${pods}/p/status`, { contentType, query: { fieldManager: "two" }, body });
  expect(told["status"]).toMatchObject({ message: "m" });
  expect(told.metadata.managedFields).toMatchObject([
    { manager: "one" },
    { manager: "two", subresource: "status", fieldsV1: { "f:status": { "f:message": {} } } },
  ]);
});

const refused: Readonly<
  Record<string, readonly [query: Readonly<Record<string, string>>, body: object, code: number, message: string]>
> = {
  "without a manager": [{}, configMap("a"), 422, "fieldManager: Required value: is required for apply patch"],
  "of another name": [{ fieldManager: "one" }, configMap("b"), 400, "does not match the name on the URL (a)"],
  "without a kind": [{ fieldManager: "one" }, { metadata: { name: "a" } }, 400, "apiVersion and kind must be set"],
  "of a field that the kind has not": [
    { fieldManager: "one" },
    configMap("a", { dat: {} }),
    500,
    ".dat: field not declared in schema",
  ],
  "with managers": [
    { fieldManager: "one" },
    configMap("a", {}, { managedFields: [{ manager: "x" }] }),
    400,
    "metadata.managedFields must be nil",
  ],
};
test.each(Object.entries(refused))("an apply %s is refused", async (_, [query, body, code, message]) => {
  const { status, body: answer } = await api.ask("PATCH", path, { contentType, query, body });
  expect([status, answer]).toMatchObject([code, { message: expect.stringContaining(message) as string }]);
});
