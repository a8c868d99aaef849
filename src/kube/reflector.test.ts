import { describe, expect, test } from "vitest";
import { Pod } from "../api/core/kinds.ts";
import type { UnknownObject } from "../meta/object.ts";
import { atVersion, makeObject } from "../testing/builders.ts";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import { createClient } from "./create-client.ts";
import { failure } from "./errors.ts";
import { Reflector } from "./reflector.ts";
import { ObjectStore } from "./store.ts";
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from "./transport.ts";

const pod = (name: string, version: number) => atVersion(makeObject(Pod, { name }), version);
const bare = (object: UnknownObject) => ({ ...object, apiVersion: undefined, kind: undefined });
const event = (type: WatchEvent["type"], object: unknown): WatchEvent => ({ type, object });
const expired = failure(410, "Expired", "too old resource version");

interface Answer {
  readonly items?: readonly object[];
  readonly version?: number;
  readonly next?: string;
  readonly status?: number;
}

type Watch = readonly (WatchEvent | Error)[];

/** Answers lists and watches from two scripts; a watch after the last one stays open and silent. */
function scripted(lists: readonly Answer[], watches: readonly Watch[]) {
  const asked: string[] = [];
  const note = (verb: string, { query = {} }: ApiRequest) => {
    const parts = ["limit", "continue", "resourceVersion", "labelSelector"].flatMap((name) =>
      query[name] === undefined ? [] : [`${name}=${String(query[name])}`],
    );
    asked.push([verb, ...parts].join(" "));
  };
  const pendingLists = [...lists];
  const pendingWatches = [...watches];
  const transport: Transport = {
    async request(request): Promise<ApiResponse> {
      note("list", request);
      const { items = [], version = 1, next, status = 200 } = pendingLists.shift() ?? {};
      const body =
        status === 410
          ? expired
          : {
              apiVersion: "v1",
              kind: "PodList",
              metadata: { resourceVersion: String(version), continue: next },
              items,
            };
      return { status, contentType: "application/json", body };
    },
    async *watch(request) {
      note("watch", request);
      const script = pendingWatches.shift();
      for (const one of script ?? []) {
        if (one instanceof Error) throw one;
        yield one;
      }
      if (!script) await new Promise((resolve) => request.signal?.addEventListener("abort", resolve));
    },
    async *stream() {},
  };
  return { transport, asked };
}

function start(lists: readonly Answer[], watches: readonly Watch[], labelSelector?: string) {
  const { transport, asked } = scripted(lists, watches);
  const clock = new FakeClock();
  const store = new ObjectStore();
  const errors: string[] = [];
  const reflector = new Reflector({
    client: createClient(transport),
    kind: Pod,
    store,
    labelSelector,
    random: () => 0.5,
    now: () => clock.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        clock.after(ms, resolve);
        signal.addEventListener("abort", () => resolve());
      }),
    onError: (error) => errors.push(error.message),
  });
  reflector.start();
  const names = () => store.list().map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
  return { reflector, clock, asked, errors, store, names };
}

describe("a reflector", () => {
  test("lists page by page, then watches from the list's version", async () => {
    const lists = [
      { items: [bare(pod("a", 1))], version: 9, next: "token" },
      { items: [pod("b", 2)], version: 9 },
    ];
    const { reflector, asked, names, store } = start(lists, [], "app=x");
    await reflector.synced;
    await settled();
    await reflector.stop();
    expect(names()).toEqual(["a@1", "b@2"]);
    expect(store.get("default", "a")).toMatchObject({ apiVersion: "v1", kind: "Pod" });
    expect(asked).toEqual([
      "list limit=500 labelSelector=app=x",
      "list limit=500 continue=token labelSelector=app=x",
      "watch resourceVersion=9 labelSelector=app=x",
    ]);
  });

  test("follows events and reopens a watch that ended where it stopped, bookmarks counted", async () => {
    const watch = [
      event("ADDED", pod("b", 11)),
      event("MODIFIED", pod("a", 12)),
      event("DELETED", pod("b", 13)),
      event("BOOKMARK", { kind: "Pod", metadata: { resourceVersion: "20" } }),
    ];
    const { reflector, asked, names, errors } = start([{ items: [pod("a", 1)], version: 9 }], [watch]);
    await settled();
    await reflector.stop();
    expect(names()).toEqual(["a@12"]);
    expect(asked.slice(1)).toEqual(["watch resourceVersion=9", "watch resourceVersion=20"]);
    expect(errors).toEqual([]);
  });

  test.each([
    ["at once when its watch is too old", [event("ADDED", pod("x", 10)), event("ERROR", expired)], 0],
    ["after a wait when even a fresh list is too old to watch from", [event("ERROR", expired)], 200],
  ])("lists again %s", async (_, watch, waitMs) => {
    const { reflector, clock, asked, names } = start(
      [
        { items: [pod("a", 1)], version: 9 },
        { items: [pod("c", 30)], version: 31 },
      ],
      [watch],
    );
    await clock.advanceAsync(Math.max(0, waitMs - 1));
    expect(asked.length === 2).toBe(waitMs > 0);
    await clock.advanceAsync(1);
    await reflector.stop();
    expect(names()).toEqual(["c@30"]);
    expect(asked.at(-1)).toBe("watch resourceVersion=31");
  });

  test("lists in one piece when the server forgot the snapshot between two pages", async () => {
    const lists = [
      { items: [pod("a", 1)], version: 9, next: "token" },
      { status: 410 },
      { items: [pod("a", 1)], version: 40 },
    ];
    const { reflector, asked } = start(lists, []);
    await reflector.synced;
    await reflector.stop();
    expect(asked.slice(0, 3)).toEqual(["list limit=500", "list limit=500 continue=token", "list"]);
  });

  test("waits longer after each failure and resumes without listing", async () => {
    const broken = [new Error("reset")];
    const { reflector, clock, asked, errors } = start([{ version: 9 }], [broken, broken, broken]);
    await clock.advanceAsync(200 + 400 + 799);
    expect(asked).toHaveLength(4);
    await clock.advanceAsync(1);
    await reflector.stop();
    expect(asked.slice(1)).toEqual(Array(4).fill("watch resourceVersion=9"));
    expect(errors).toEqual(["reset", "reset", "reset"]);
  });

  test("starts from the shortest wait again once events came", async () => {
    const { reflector, clock, asked } = start(
      [{ version: 9 }],
      [[new Error("one")], [event("ADDED", pod("a", 10)), new Error("two")]],
    );
    await clock.advanceAsync(400);
    await reflector.stop();
    expect(asked).toEqual([
      "list limit=500",
      "watch resourceVersion=9",
      "watch resourceVersion=9",
      "watch resourceVersion=10",
    ]);
  });

  test("takes a watch that ends at once without an event for trouble", async () => {
    const { reflector, clock, asked, errors } = start([{ version: 9 }], [[], []]);
    await settled();
    expect(asked).toHaveLength(2);
    await clock.advanceAsync(600);
    await reflector.stop();
    expect(asked).toHaveLength(4);
    expect(errors).toEqual(["the watch of pods ended at once", "the watch of pods ended at once"]);
  });

  test("keeps trying to list, and syncs late", async () => {
    const { reflector, clock, names, errors } = start(
      [{ status: 410 }, { status: 410 }, { items: [pod("a", 1)], version: 3 }],
      [],
    );
    await settled();
    expect(names()).toEqual([]);
    await clock.advanceAsync(200);
    await reflector.synced;
    await reflector.stop();
    expect([names(), errors.length]).toEqual([["a@1"], 1]);
  });

  test("stops while it waits", async () => {
    const { reflector, asked } = start([{ version: 9 }], [[new Error("reset")]]);
    await settled();
    await reflector.stop();
    expect(asked).toHaveLength(2);
  });
});
