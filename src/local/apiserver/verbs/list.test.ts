/** What a list holds: pages of one version, selectors, what versions may be asked for, and its forms. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Api, configMap, configMaps, pod, pods, type Seen, startApi } from "../api.test-support.ts";

interface List extends Seen {
  readonly items: readonly Seen[];
}

type Query = Readonly<Record<string, string>>;

const names = ({ items }: List) => items.map(({ metadata }) => metadata.name ?? "").join(" ");
const tokenFor = (position: unknown) => Buffer.from(JSON.stringify(position)).toString("base64url");

describe("of five objects", () => {
  let api: Api;
  beforeAll(async () => {
    api = startApi();
    for (const [at, name] of ["c", "a", "e", "b", "d"].entries()) {
      const metadata = { labels: { parity: at % 2 === 0 ? "even" : "odd", ...(name < "c" && { early: "yes" }) } };
      await api.done("POST", configMaps, { body: configMap(name, {}, metadata) });
    }
    await api.done("POST", "/api/v1/namespaces/kube-system/configmaps", { body: configMap("z") });
    await api.done("POST", "/api/v1/namespaces", { body: { ...configMap("default-2"), kind: "Namespace" } });
    await api.done("POST", "/api/v1/namespaces/default-2/configmaps", { body: configMap("y") });
  });
  afterAll(() => api.stop());

  const chosen: Readonly<Record<string, readonly [query: Query, found: string]>> = {
    "all come in the order of their names": [{}, "a b c d e"],
    "a label that is so": [{ labelSelector: "parity=even" }, "c d e"],
    "a label that is not so": [{ labelSelector: "parity!=even" }, "a b"],
    "one of several values": [{ labelSelector: "parity in (odd, none)" }, "a b"],
    "a label that is there": [{ labelSelector: "early" }, "a b"],
    "a label that is not there": [{ labelSelector: "!early" }, "c d e"],
    "several conditions": [{ labelSelector: "parity=odd,early" }, "a b"],
    "a field": [{ fieldSelector: "metadata.name=d" }, "d"],
    "a field that is not so": [{ fieldSelector: "metadata.name!=d" }, "a b c e"],
    "labels and fields": [{ labelSelector: "parity=even", fieldSelector: "metadata.name!=d" }, "c e"],
    "a namespace as a field": [{ fieldSelector: "metadata.namespace=kube-system" }, ""],
    nothing: [{ labelSelector: "parity=none" }, ""],
  };
  test.each(Object.entries(chosen))("a selector chooses %s", async (_, [query, found]) => {
    expect(names(await api.done<List>("GET", configMaps, { query }))).toBe(found);
  });

  test("of all namespaces, in the order of their keys, as etcd has them", async () => {
    expect(names(await api.done<List>("GET", "/api/v1/configmaps"))).toBe("y a b c d e z");
  });

  test("a namespace whose name begins as another's is another", async () => {
    expect(names(await api.done<List>("GET", "/api/v1/namespaces/default-2/configmaps"))).toBe("y");
  });

  /** Pages, as `names (remaining)`. */
  async function pagesOf(query: Query): Promise<readonly string[]> {
    const pages: string[] = [];
    let token: string | undefined;
    do {
      const page = await api.done<List>("GET", configMaps, { query: { ...query, ...(token && { continue: token }) } });
      const { remainingItemCount: left } = page.metadata;
      pages.push(`${names(page)}${left === undefined ? "" : ` (${left} more)`}`);
      token = page.metadata.continue;
    } while (token);
    return pages;
  }

  const paged: Readonly<Record<string, readonly [query: Query, pages: readonly string[]]>> = {
    "a limit makes pages, and says how many are left": [{ limit: "2" }, ["a b (3 more)", "c d (1 more)", "e"]],
    "a limit of all makes one page": [{ limit: "5" }, ["a b c d e"]],
    "a limit above all makes one page": [{ limit: "50" }, ["a b c d e"]],
    "no limit makes one page": [{ limit: "0" }, ["a b c d e"]],
    "with a selector nobody knows how many are left": [{ limit: "1", labelSelector: "early" }, ["a", "b", ""]],
    "a selector that chooses the last one": [{ limit: "2", labelSelector: "parity=even" }, ["c d", "e"]],
  };
  test.each(Object.entries(paged))("%s", async (_, [query, pages]) => {
    expect(await pagesOf(query)).toEqual(pages);
  });

  const refused: Readonly<Record<string, readonly [query: Query, code: number, message: string]>> = {
    "a version that is no number": [{ resourceVersion: "new" }, 400, 'resourceVersion: Invalid value: "new"'],
    "a version that lies ahead": [{ resourceVersion: "1000" }, 504, "Too large resource version: 1000, current: "],
    "a limit that is no number": [{ limit: "few" }, 400, 'strconv.ParseInt: parsing "few": invalid syntax'],
    "a token that is none": [{ continue: "!" }, 400, "continue key is not valid"],
    "a token of something else": [{ continue: tokenFor({ version: "1" }) }, 400, "continue key is not valid"],
    "a token and a version": [
      { continue: tokenFor({ version: 5, after: "default/a" }), resourceVersion: "5" },
      400,
      "specifying resource version is not allowed when using continue",
    ],
    "a match without a version": [
      { resourceVersionMatch: "Exact" },
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    "a match with a token": [
      { resourceVersionMatch: "Exact", resourceVersion: "5", continue: "x" },
      422,
      "resourceVersionMatch is forbidden when continue is provided",
    ],
    "a match that nobody knows": [
      { resourceVersionMatch: "Newer", resourceVersion: "5" },
      422,
      'resourceVersionMatch: Unsupported value: "Newer": supported values: "Exact", "NotOlderThan", ""',
    ],
    "an exact match of any version": [
      { resourceVersionMatch: "Exact", resourceVersion: "0" },
      422,
      'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    "initial events": [{ sendInitialEvents: "true" }, 422, "sendInitialEvents is forbidden for list"],
    "a field that nobody knows": [{ fieldSelector: "data.x=1" }, 400, "field label not supported: data.x"],
    "a label selector that cannot be read": [{ labelSelector: "a in (" }, 400, "a in ("],
    "a field selector that cannot be read": [{ fieldSelector: "metadata.name" }, 400, "metadata.name"],
  };
  test.each(Object.entries(refused))("%s is refused", async (_, [query, code, message]) => {
    const { status, body } = await api.ask("GET", configMaps, { query });
    expect([status, body]).toMatchObject([
      code,
      { kind: "Status", message: expect.stringContaining(message) as string },
    ]);
  });
});

describe("of versions", () => {
  let api: Api;
  const versions: string[] = [];
  beforeEach(async () => {
    api = startApi(2);
    versions.length = 0;
    for (const name of ["a", "b", "c"]) {
      const { metadata } = await api.done<Seen>("POST", configMaps, { body: configMap(name) });
      versions.push(metadata.resourceVersion ?? "");
    }
    await api.done("DELETE", `${configMaps}/a`);
  });
  afterEach(() => api.stop());

  const rows: Readonly<Record<string, readonly [query: (version: string) => Query, found: string]>> = {
    "no version is the newest": [() => ({}), "b c"],
    "any version is the newest": [() => ({ resourceVersion: "0" }), "b c"],
    "a version is at least that one": [(resourceVersion) => ({ resourceVersion }), "b c"],
    "not older than a version is the newest": [
      (resourceVersion) => ({ resourceVersion, resourceVersionMatch: "NotOlderThan" }),
      "b c",
    ],
    "exactly a version is what was there then": [
      (resourceVersion) => ({ resourceVersion, resourceVersionMatch: "Exact" }),
      "a b",
    ],
  };
  test.each(Object.entries(rows))("%s", async (_, [query, found]) => {
    expect(names(await api.done<List>("GET", configMaps, { query: query(versions[1] ?? "") }))).toBe(found);
  });

  test("an exact list carries the version that was asked for", async () => {
    const [, resourceVersion = ""] = versions;
    const query = { resourceVersion, resourceVersionMatch: "Exact" };
    expect((await api.done<List>("GET", configMaps, { query })).metadata).toEqual({ resourceVersion });
  });

  test("pages show what was there at the first, whatever happens between", async () => {
    const first = await api.done<List>("GET", configMaps, { query: { limit: "1" } });
    await api.done("DELETE", `${configMaps}/c`);
    await api.done("POST", configMaps, { body: configMap("d") });
    const token = first.metadata.continue ?? "";
    const second = await api.done<List>("GET", configMaps, { query: { limit: "9", continue: token } });
    expect([names(first), names(second)]).toEqual(["b", "c"]);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test("a token and an exact version that are too old are Expired", async () => {
    const { metadata } = await api.done<List>("GET", configMaps, { query: { limit: "1" } });
    for (const name of ["d", "e", "f", "g", "h", "i"]) await api.done("POST", configMaps, { body: configMap(name) });
    const exact = { resourceVersion: versions[0] ?? "", resourceVersionMatch: "Exact" };
    for (const query of [{ continue: metadata.continue ?? "" }, exact]) {
      const { status, body } = await api.ask("GET", configMaps, { query });
      expect([status, body]).toMatchObject([410, { reason: "Expired" }]);
    }
  });
});

describe("forms", () => {
  let api: Api;
  beforeAll(async () => {
    api = startApi();
    await api.done("POST", pods, { body: pod("a") });
    await api.done("POST", pods, { body: pod("b") });
    api.clock.advance(90_000);
  });
  afterAll(() => api.stop());

  interface Table {
    readonly kind: string;
    readonly metadata: object;
    readonly columnDefinitions: readonly { readonly name: string }[];
    readonly rows: readonly { readonly cells: readonly unknown[]; readonly object?: Seen }[];
  }
  const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

  test("a table has a row each, of which the wide columns are marked", async () => {
    const table = await api.done<Table>("GET", pods, { accept: asTable, query: { limit: "1" } });
    expect(table.columnDefinitions.map(({ name }) => name).slice(0, 5)).toEqual([
      "Name",
      "Ready",
      "Status",
      "Restarts",
      "Age",
    ]);
    expect(table.rows.map(({ cells }) => cells.slice(0, 5))).toEqual([["a", "0/1", "Pending", "0", "90s"]]);
    expect(table.metadata).toMatchObject({ remainingItemCount: 1, continue: expect.any(String) as string });
  });

  const included: Readonly<Record<string, readonly [query: Query, kind: string | undefined]>> = {
    "the metadata, when nothing is said": [{}, "PartialObjectMetadata"],
    "the metadata, when asked for": [{ includeObject: "Metadata" }, "PartialObjectMetadata"],
    "the whole object, when asked for": [{ includeObject: "Object" }, "Pod"],
    "no object, when asked for": [{ includeObject: "None" }, undefined],
  };
  test.each(Object.entries(included))("a row carries %s", async (_, [query, kind]) => {
    const { rows } = await api.done<Table>("GET", `${pods}/a`, { accept: asTable, query });
    expect(rows[0]?.object?.kind).toBe(kind);
  });

  const accepts: Readonly<Record<string, readonly [accept: string, kind: string]>> = {
    "metadata alone": ["application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "PartialObjectMetadataList"],
    "an older version of metadata alone": [
      "application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io",
      "PartialObjectMetadataList",
    ],
    "the objects, when a form nobody knows comes first": [
      "application/json;as=Drawing;v=v1;g=meta.k8s.io,application/json",
      "PodList",
    ],
    "the objects for anything": ["*/*", "PodList"],
  };
  test.each(Object.entries(accepts))("a list can be %s", async (_, [accept, kind]) => {
    expect((await api.done<List>("GET", pods, { accept })).kind).toBe(kind);
  });
});
