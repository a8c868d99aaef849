/** What a watch tells, from which version on, through which selectors, and when it ends. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Api, configMap, configMaps, startApi, type Seen, type Told } from "../api.test-support.ts";

/** `name key=value …` creates, or changes the labels of what is there; `-name` deletes; `+ms` lets time pass. */
type Step = string;

let api: Api;
beforeEach(() => {
  api = startApi(2);
});
afterEach(() => api.stop());

const labelsOf = (words: readonly string[]) => Object.fromEntries(words.map((word) => word.split("=")));

async function take(step: Step): Promise<string> {
  const [name = "", ...labels] = step.split(" ");
  if (name.startsWith("+")) {
    await api.clock.advanceAsync(Number(name));
    return "";
  }
  if (name.startsWith("-")) {
    await api.done("DELETE", `${configMaps}/${name.slice(1)}`);
    return "";
  }
  const body = configMap(name, {}, { labels: labelsOf(labels) });
  const isThere = (await api.ask("GET", `${configMaps}/${name}`)).status === 200;
  const { metadata } = isThere
    ? await api.done<Seen>("PUT", `${configMaps}/${name}`, { body })
    : await api.done<Seen>("POST", configMaps, { body });
  return metadata.resourceVersion ?? "";
}

/** Takes the steps; answers the version after the last write. */
async function takeAll(steps: readonly Step[]): Promise<string> {
  let version = "";
  for (const step of steps) version = (await take(step)) || version;
  return version;
}

function word(told: Told | "end"): string {
  if (told === "end") return told;
  const { type, object } = told;
  if (type === "ERROR") return `ERROR ${object.code} ${String(object["reason"])}`;
  if (type === "BOOKMARK") return object.metadata.annotations ? "BOOKMARK of the initial events" : "BOOKMARK";
  return `${type} ${object.metadata.name}`;
}

interface Row {
  readonly before?: readonly Step[];
  /** `VERSION` in it: the version after the steps before. */
  readonly query?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly after?: readonly Step[];
  readonly tells: readonly string[];
}

const initial = { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" };
const since = { resourceVersion: "VERSION" };
const bookmarks = { allowWatchBookmarks: "true" };

const groups: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  "from a version": {
    "without a version it begins with what is there": {
      before: ["a", "b"],
      after: ["c"],
      tells: ["ADDED a", "ADDED b", "ADDED c"],
    },
    "version 0 is any version: it begins with what is there": {
      before: ["a"],
      query: { resourceVersion: "0" },
      tells: ["ADDED a"],
    },
    "with a version, only what comes after it is told": {
      before: ["a"],
      query: since,
      after: ["b", "a x=1", "-a"],
      tells: ["ADDED b", "MODIFIED a", "DELETED a"],
    },
    "what happened between the version and the watch is told first": {
      before: ["a"],
      query: { resourceVersion: "5" },
      tells: ["ADDED a"],
    },
    "a version that is no longer known is Expired, and the watch ends": {
      before: ["a", "a x=1", "a x=2", "a x=3", "a x=4"],
      query: { resourceVersion: "5" },
      tells: ["ERROR 410 Expired", "end"],
    },
    "of a version that lies ahead, only what comes after it is told": {
      query: { resourceVersion: "7" },
      after: ["a", "b", "c"],
      tells: ["ADDED c"],
    },
    "an update that changes nothing is not told": {
      before: ["a x=1"],
      query: since,
      after: ["a x=1"],
      tells: [],
    },
    "other namespaces are not told of": { path: "/api/v1/namespaces/kube-system/configmaps", after: ["a"], tells: [] },
    "one of all namespaces tells of each": { path: "/api/v1/configmaps", after: ["a"], tells: ["ADDED a"] },
  },
  "through a selector": {
    "what begins to match is ADDED": {
      before: ["a"],
      query: { ...since, labelSelector: "x=1" },
      after: ["a x=1"],
      tells: ["ADDED a"],
    },
    "what ceases to match is DELETED": {
      before: ["a x=1"],
      query: { ...since, labelSelector: "x=1" },
      after: ["a x=2"],
      tells: ["DELETED a"],
    },
    "what matches before and after is MODIFIED": {
      before: ["a x=1"],
      query: { ...since, labelSelector: "x" },
      after: ["a x=2"],
      tells: ["MODIFIED a"],
    },
    "what never matched is not told of, nor its end": {
      query: { labelSelector: "x=1" },
      after: ["a", "a x=2", "-a"],
      tells: [],
    },
    "what matched is DELETED when it goes": {
      before: ["a x=1"],
      query: { ...since, labelSelector: "x=1" },
      after: ["-a"],
      tells: ["DELETED a"],
    },
    "what is there already is chosen too": {
      before: ["a x=1", "b"],
      query: { labelSelector: "x=1" },
      tells: ["ADDED a"],
    },
    "a field chooses as a label does": {
      query: { fieldSelector: "metadata.name=b" },
      after: ["a", "b"],
      tells: ["ADDED b"],
    },
  },
  "initial events": {
    "their end is marked by a bookmark": {
      before: ["a"],
      query: { ...initial, ...bookmarks },
      after: ["b"],
      tells: ["ADDED a", "BOOKMARK of the initial events", "ADDED b"],
    },
    "without leave for bookmarks their end is not marked": { before: ["a"], query: initial, tells: ["ADDED a"] },
    "they are left out when that is asked for": {
      before: ["a"],
      query: { ...initial, ...bookmarks, sendInitialEvents: "false" },
      after: ["b"],
      tells: ["ADDED b"],
    },
    "they are told although a version is named": {
      before: ["a"],
      query: { ...initial, ...bookmarks, resourceVersion: "1" },
      tells: ["ADDED a", "BOOKMARK of the initial events"],
    },
  },
  time: {
    "a bookmark comes every minute": {
      query: bookmarks,
      after: ["+59999", "+1", "+60000"],
      tells: ["BOOKMARK", "BOOKMARK"],
    },
    "no bookmark comes unless it was asked for": { after: ["+600000"], tells: [] },
    "a watch ends after timeoutSeconds": {
      query: { timeoutSeconds: "3" },
      after: ["+2999", "a", "+1", "b"],
      tells: ["ADDED a", "end"],
    },
    "a last bookmark says how far it came": {
      query: { timeoutSeconds: "3", ...bookmarks },
      after: ["+3000"],
      tells: ["BOOKMARK", "end"],
    },
    "without timeoutSeconds it ends after half an hour to an hour": {
      after: ["+2699999", "a", "+1", "b"],
      tells: ["ADDED a", "end"],
    },
  },
};

for (const [group, rows] of Object.entries(groups)) {
  describe(group, () => {
    test.each(Object.entries(rows))(
      "%s",
      async (_, { before = [], query = {}, path = configMaps, after = [], tells }) => {
        const version = await takeAll(before);
        const asked = Object.fromEntries(
          Object.entries(query).map(([key, value]) => [key, value.replace("VERSION", version)]),
        );
        const watch = api.watch(path, asked);
        await watch.told();
        await takeAll(after);
        expect((await watch.told()).map(word)).toEqual(tells);
        watch.stop();
      },
    );
  });
}

test("what ceases to match is told as it was, with the version of the change", async () => {
  await take("a x=1");
  const watch = api.watch(configMaps, { labelSelector: "x=1" });
  await watch.told();
  const version = await take("a x=2");
  const [, last] = (await watch.told()) as readonly Told[];
  expect(last?.object.metadata).toMatchObject({ resourceVersion: version, labels: { x: "1" } });
  watch.stop();
});

test("a bookmark carries the newest version, and the kind", async () => {
  const watch = api.watch(configMaps, { allowWatchBookmarks: "true", labelSelector: "x=1" });
  const version = await take("a");
  await take("+60000");
  const [told] = (await watch.told()) as readonly Told[];
  expect(told?.object).toEqual({
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { resourceVersion: version, creationTimestamp: null },
  });
  watch.stop();
});

test("as a table, only the first event describes the columns", async () => {
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const watch = api.watch(configMaps, {}, { accept });
  await takeAll(["a", "b"]);
  const told = (await watch.told()) as readonly Told[];
  const columns = told.map(({ object }) => (object["columnDefinitions"] as readonly { name: string }[] | null) ?? []);
  expect(columns.map((list) => list.map(({ name }) => name))).toEqual([["Name", "Data", "Age"], []]);
  expect(told.map(({ object }) => (object["rows"] as readonly { cells: unknown }[])[0]?.cells)).toEqual([
    ["a", 0, "0s"],
    ["b", 0, "0s"],
  ]);
  watch.stop();
});

const refusals: Readonly<
  Record<string, readonly [query: Readonly<Record<string, string>>, code: number, message: string]>
> = {
  "a version that is no number": [{ resourceVersion: "x" }, 400, 'resourceVersion: Invalid value: "x"'],
  "a time limit that is no number": [
    { timeoutSeconds: "soon" },
    400,
    'strconv.ParseInt: parsing "soon": invalid syntax',
  ],
  "a selector that cannot be read": [{ labelSelector: "a in (" }, 400, "a in ("],
  "initial events without a match of versions": [
    { sendInitialEvents: "true" },
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  ],
  "a match of versions without initial events": [
    { resourceVersionMatch: "NotOlderThan", resourceVersion: "1" },
    422,
    "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
  ],
  "an exact match": [
    { resourceVersionMatch: "Exact", resourceVersion: "1", sendInitialEvents: "true" },
    422,
    'resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"',
  ],
};

test.each(Object.entries(refusals))("%s is refused", async (_, [query, code, message]) => {
  const { reading } = api.watch(configMaps, query);
  await expect(reading).rejects.toMatchObject({
    status: { code, message: expect.stringContaining(message) as string },
  });
});
