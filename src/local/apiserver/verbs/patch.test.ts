/** The kinds of patches over the API: what they make of an object, of its status and of its scale, and what is refused. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Api, configMap, configMaps, pod, pods, type Seen, startApi } from "../api.test-support.ts";

const types = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;
type Type = keyof typeof types;

let api: Api;
beforeEach(() => {
  api = startApi();
});
afterEach(() => api.stop());

const patch = (path: string, type: Type, body: unknown, query: Readonly<Record<string, string>> = {}) =>
  api.ask("PATCH", path, { contentType: types[type], body, query });

/** What must succeed. */
async function patched(...given: Parameters<typeof patch>): Promise<Seen> {
  const { status, body } = await patch(...given);
  expect([status, body]).toMatchObject([expect.any(Number), { metadata: {} }]);
  return body as Seen;
}

describe("of data", () => {
  beforeEach(() => api.done("POST", configMaps, { body: configMap("a", { data: { one: "1", two: "2" } }) }));

  const rows: Readonly<Record<string, readonly [type: Type, body: unknown, data: object | undefined]>> = {
    "merge: adds and replaces": ["merge", { data: { two: "II", three: "3" } }, { one: "1", two: "II", three: "3" }],
    "merge: null removes": ["merge", { data: { two: null, none: null } }, { one: "1" }],
    "merge: null of the whole": ["merge", { data: null }, undefined],
    "merge: nothing": ["merge", {}, { one: "1", two: "2" }],
    "JSON: operations in their order": [
      "json",
      [
        { op: "test", path: "/data/one", value: "1" },
        { op: "move", from: "/data/one", path: "/data/first" },
        { op: "copy", from: "/data/first", path: "/data/again" },
        { op: "replace", path: "/data/two", value: "II" },
        { op: "remove", path: "/data/first" },
      ],
      { again: "1", two: "II" },
    ],
    "JSON: a key with a slash and a tilde": [
      "json",
      [
        { op: "add", path: "/metadata/labels", value: {} },
        { op: "add", path: "/metadata/labels/x.dev~1y", value: "1" },
      ],
      { one: "1", two: "2" },
    ],
    "JSON: nothing": ["json", [], { one: "1", two: "2" }],
    "strategic: as a merge, where there are no lists": [
      "strategic",
      { data: { two: null, three: "3" } },
      { one: "1", three: "3" },
    ],
    "strategic: the whole map is replaced": ["strategic", { data: { $patch: "replace", four: "4" } }, { four: "4" }],
  };
  test.each(Object.entries(rows))("%s", async (_, [type, body, data]) => {
    expect((await patched(`${configMaps}/a`, type, body))["data"]).toEqual(data);
    expect((await api.done<Seen>("GET", `${configMaps}/a`))["data"]).toEqual(data);
  });

  test("a patch that changes nothing keeps the version", async () => {
    const { metadata } = await api.done<Seen>("GET", `${configMaps}/a`);
    expect((await patched(`${configMaps}/a`, "merge", { data: { one: "1" } })).metadata).toEqual(metadata);
  });

  test("a dry run answers and stores nothing", async () => {
    const tried = await patched(`${configMaps}/a`, "merge", { data: { one: "I" } }, { dryRun: "All" });
    expect(tried["data"]).toEqual({ one: "I", two: "2" });
    expect((await api.done<Seen>("GET", `${configMaps}/a`))["data"]).toEqual({ one: "1", two: "2" });
  });

  const refused: Readonly<Record<string, readonly [type: Type, body: unknown, code: number, message: string]>> = {
    "a JSON patch whose test fails": [
      "json",
      [{ op: "test", path: "/data/one", value: "9" }],
      422,
      "the server rejected our request due to an error in our request",
    ],
    "a JSON patch of what is not there": [
      "json",
      [{ op: "remove", path: "/data/none" }],
      422,
      "the server rejected our request",
    ],
    "a JSON patch that is no list": ["json", { op: "remove" }, 400, "error decoding patch"],
    "a merge patch that is no object": ["merge", "text", 400, "a merge patch must be an object"],
    "another name": [
      "merge",
      { metadata: { name: "b" } },
      422,
      'metadata.name: Invalid value: "b": field is immutable',
    ],
    "another namespace": ["merge", { metadata: { namespace: "b" } }, 422, "metadata.namespace: Invalid value"],
    "an old version": ["merge", { metadata: { resourceVersion: "1" } }, 409, "the object has been modified"],
    "another uid": ["merge", { metadata: { uid: "other" } }, 409, "Precondition failed: UID in precondition: other"],
    "a value of the wrong type": ["merge", { data: { one: 1 } }, 400, ""],
    "a directive that nobody knows": ["strategic", { data: { $patch: "burn" } }, 400, ""],
  };
  test.each(Object.entries(refused))("%s is refused", async (_, [type, body, code, message]) => {
    const { status, body: answer } = await patch(`${configMaps}/a`, type, body);
    expect([status, answer]).toMatchObject([code, { message: expect.stringContaining(message) as string }]);
  });

  test("a patch of another kind is refused with the kinds there are", async () => {
    const { status, body } = await api.ask("PATCH", `${configMaps}/a`, { contentType: "text/plain", body: "x" });
    expect([status, (body as Seen).message]).toEqual([
      415,
      `the body of the request was in an unknown format (text/plain) - accepted media types include: ${Object.values(types).join(", ")}`,
    ]);
  });

  test.each(Object.keys(types).filter((type) => type !== "apply") as Type[])(
    "%s: what is not there is NotFound",
    async (type) => {
      expect((await patch(`${configMaps}/none`, type, type === "json" ? [] : {})).status).toBe(404);
    },
  );
});

describe("of lists", () => {
  beforeEach(() =>
    api.done("POST", pods, {
      body: pod("p", {
        containers: [
          { name: "a", image: "1" },
          { name: "b", image: "1" },
        ],
      }),
    }),
  );
  const images = ({ spec }: Seen) =>
    (spec as { containers: readonly { name: string; image: string }[] }).containers.map(
      ({ name, image }) => `${name}:${image}`,
    );

  const rows: Readonly<Record<string, readonly [type: Type, body: unknown, images: readonly string[]]>> = {
    "strategic: an item is found by its name": [
      "strategic",
      { spec: { containers: [{ name: "b", image: "2" }] } },
      ["a:1", "b:2"],
    ],
    "merge: the list is replaced": [
      "merge",
      {
        spec: {
          containers: [
            { name: "a", image: "2" },
            { name: "b", image: "2" },
          ],
        },
      },
      ["a:2", "b:2"],
    ],
    "JSON: an item is found by its place": [
      "json",
      [{ op: "replace", path: "/spec/containers/1/image", value: "2" }],
      ["a:1", "b:2"],
    ],
  };
  test.each(Object.entries(rows))("%s", async (_, [type, body, wanted]) => {
    expect(images(await patched(`${pods}/p`, type, body))).toEqual(wanted);
  });
});

describe("of subresources", () => {
  beforeEach(() => api.done("POST", pods, { body: pod("p") }));

  test("the status takes nothing else along, and the object not the status", async () => {
    const both = { spec: { priority: 9 }, status: { phase: "Running" } };
    const ofStatus = await patched(`${pods}/p/status`, "merge", both);
    expect([ofStatus["status"], ofStatus["spec"]]).toMatchObject([
      { phase: "Running" },
      expect.not.objectContaining({ priority: 9 }),
    ]);
    expect(ofStatus.metadata.generation).toBe(1);
    const ofObject = await patched(`${pods}/p`, "merge", {
      metadata: { labels: { x: "1" } },
      status: { phase: "Failed" },
    });
    expect([ofObject["status"], ofObject.metadata.labels]).toMatchObject([{ phase: "Running" }, { x: "1" }]);
  });

  test("a subresource that the kind has not is NotFound", async () => {
    expect((await patch(`${pods}/p/scale`, "merge", {})).status).toBe(404);
  });
});
