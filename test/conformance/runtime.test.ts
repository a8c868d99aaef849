/** What the runtime promises every controller, on the embedded API server. */
import { afterEach, describe, expect, test } from "vitest";
import { ConfigMap, Pod } from "../../src/api/core/kinds.ts";
import { failure, isNotFound } from "../../src/kube/errors.ts";
import type { ApiRequest, Transport } from "../../src/kube/transport.ts";
import { answerTo, defineAction, perform } from "../../src/runtime/action.ts";
import type { Noun } from "../../src/runtime/noun.ts";
import {
  act,
  again,
  apply,
  create,
  patchRoot,
  release,
  remove,
  removeAll,
  requeue,
  setStatus,
} from "../../src/runtime/steps.ts";
import { TerminalError } from "../../src/runtime/terminal-error.ts";
import { eventually, quiet } from "../../src/testing/eventually.ts";
import { silentWatches } from "../../src/testing/silent-watches.ts";
import { childOf, controller, makeRoot, type Root, type Settings, type Spec, startRuntime } from "./runtime-bench.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function run(spec: Spec, wrap?: (inner: Transport) => Transport) {
  const runtime = await startRuntime([spec], { ...(wrap && { wrap }) });
  await runtime.manager.start();
  stops.push(() => runtime.manager.stop());
  const root = await runtime.user.create(Pod, makeRoot("root"));
  const ref = { kind: Pod, namespace: "default", name: "root" };
  const status = (message: string) =>
    eventually(async () => (await runtime.user.get<Root>(ref)).status?.message === message, `the root says ${message}`);
  const children = async () => (await runtime.user.list<Settings>(ConfigMap, { namespace: "default" })).items;
  return { ...runtime, root, ref, status, children, quiet: () => quiet(() => runtime.counted.requests.length, 60) };
}

/** Refuses the requests that `refuses` picks, with a Status of this code and reason. */
const refusing =
  (refuses: (request: ApiRequest) => boolean, code = 403, reason = "Forbidden") =>
  (inner: Transport): Transport => ({
    ...inner,
    request: async (request) =>
      refuses(request)
        ? { status: code, contentType: "application/json", body: failure(code, reason, "exceeded quota") }
        : inner.request(request),
    watch: (request) => inner.watch(request),
    stream: (request) => inner.stream(request),
  });

const isCreate = ({ method, path }: ApiRequest) => method === "POST" && path.endsWith("/configmaps");
const say = (message: string) => setStatus({ message });
const count = (world: readonly Settings[]) => say(`${world.length} children`);

describe("own writes", () => {
  test("three children and two statuses are five writes, and then there is silence", async () => {
    const spec = controller((root, world) => [
      ...["a", "b", "c"].map((name) => apply(ConfigMap, childOf(root, name, { of: "root" }))),
      count(world),
    ]);
    const { status, counted, quiet } = await run(spec);
    await status("3 children");
    await quiet();
    expect(counted.writes().toSorted()).toEqual([
      ...Array(2).fill("PATCH /api/v1/namespaces/default/pods/root/status"),
      ...Array(3).fill("POST /api/v1/namespaces/default/configmaps"),
    ]);
  });

  test("objects with generated names are seen by the very next reconcile, without the watch's help", async () => {
    const spec = controller((root, world) => {
      const { name: _, ...metadata } = childOf(root, "x").metadata;
      const missing = Array.from({ length: Math.max(0, 5 - world.length) });
      const target = { ...childOf(root, "x"), metadata: { ...metadata, generateName: "child-" } };
      return [...missing.map((_, at) => create(ConfigMap, target, { slot: String(at) })), again, count(world)];
    });
    const { status, children } = await run(spec, silent);
    await status("5 children");
    expect(await children()).toHaveLength(5);
  });

  test("a deleted child is not seen again, nor deleted twice, without the watch's help", async () => {
    const spec = controller((root, world) =>
      root.status?.message === "made"
        ? [...world.map((child) => remove(ConfigMap, child)), ...(world.length ? [again] : [])]
        : [apply(ConfigMap, childOf(root, "a")), say("made"), again],
    );
    const { children, counted, quiet } = await run(spec, silent);
    const isDeleted = async () =>
      (await children()).length === 0 && counted.writes().some((line) => line.startsWith("DELETE"));
    await eventually(isDeleted, "the children are deleted");
    await quiet();
    expect(counted.writes().filter((line) => line.startsWith("DELETE"))).toHaveLength(1);
  });

  test("a collection is deleted with one request", async () => {
    const labelled = (root: Root, name: string) => {
      const child = childOf(root, name);
      return { ...child, metadata: { ...child.metadata, labels: { app: "x" } } };
    };
    const spec = controller((root) =>
      root.status?.message === "made"
        ? [removeAll(ConfigMap, { namespace: "default", labelSelector: "app=x" })]
        : [...["a", "b"].map((name) => apply(ConfigMap, labelled(root, name))), say("made"), requeue(5)],
    );
    const { children, counted, quiet } = await run(spec);
    const isDeleted = async () =>
      (await children()).length === 0 && counted.writes().some((line) => line.startsWith("DELETE"));
    await eventually(isDeleted, "the children are deleted");
    await quiet();
    expect(counted.writes().filter((line) => line.startsWith("DELETE"))).toHaveLength(1);
  });
});

describe("a create whose answer is lost", () => {
  /** Carries the first `lost` creates out, and answers none of them. */
  const losing =
    (lost: number, code: number | "connection") =>
    (inner: Transport): Transport => {
      let left = lost;
      return {
        ...inner,
        request: async (request) => {
          const answer = await inner.request(request);
          if (!isCreate(request) || left-- <= 0) return answer;
          if (code === "connection") throw new Error("socket hang up");
          return { status: code, contentType: "application/json", body: failure(code, "Timeout", "no answer") };
        },
        watch: (request) => inner.watch(request),
        stream: (request) => inner.stream(request),
      };
    };
  const named = controller((root, world) => {
    const { name: _, ...metadata } = childOf(root, "x").metadata;
    const target = { ...childOf(root, "x"), metadata: { ...metadata, generateName: "child-" } };
    return [...(world.length === 0 ? [create(ConfigMap, target, { slot: "only" })] : []), count(world)];
  });

  test.each(["connection", 500, 504] as const)("makes no second object under another name: %s", async (code) => {
    const wrap = (inner: Transport) => losing(1, code)(silent(inner));
    const { status, children, quiet } = await run(named, wrap);
    await status("1 children");
    await quiet();
    expect((await children()).map(({ metadata }) => metadata.name)).toEqual([expect.stringMatching(/^child-\w{5}$/)]);
  });

  test("and that was refused is made under a new name, for the next object is another one", async () => {
    let refusals = 1;
    const wrap = refusing((request) => isCreate(request) && refusals-- > 0);
    const { status, counted } = await run(named, wrap);
    await status("1 children");
    const names = counted.requests
      .filter(({ verb }) => verb === "POST")
      .map(({ body }) => (body as Settings).metadata.name);
    const children = names.filter((name) => name?.startsWith("child-"));
    expect([children.length, new Set(children).size]).toEqual([2, 2]);
  });
});

describe("a selector of a cache", () => {
  const labelled = (root: Root, name: string) => {
    const child = childOf(root, name, { from: "us" });
    return { ...child, metadata: { ...child.metadata, labels: { app: "x" } } };
  };
  const narrow: Partial<Spec> = {
    owns: [{ kind: ConfigMap, selector: "app=x", writes: ["create"] }],
    observe: (_, cache) => [cache.get<Settings>(ConfigMap, "default", "a")].filter((found) => found !== undefined),
  };
  const theirs = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", namespace: "default" },
    data: { from: "them" },
  };

  test("does not make an object of somebody else look missing for ever", async () => {
    const spec = controller(
      (root, world) => [
        ...(world.length === 0 ? [create(ConfigMap, labelled(root, "a"), { accepts: "any" }), again] : []),
        say(world[0]?.data?.["from"] ?? "nothing"),
      ],
      narrow,
    );
    const { status, user, counted, quiet } = await startAfter(spec, async (client) => {
      await client.create(ConfigMap, theirs);
    });
    await status("them");
    await quiet();
    expect(counted.writes().filter((line) => line.startsWith("POST"))).toHaveLength(1);
    expect((await user.get<Settings>({ kind: ConfigMap, namespace: "default", name: "a" })).data).toEqual({
      from: "them",
    });
  });

  test("is its controller's own: another controller sees all of the kind", async () => {
    const seen = (name: string, more: Partial<Spec>) =>
      controller(
        (_, world) => [
          patchRoot({ metadata: { annotations: { [name]: world.map(({ metadata }) => metadata.name).join() } } }),
        ],
        {
          name,
          observe: (_, cache) => cache.list<Settings>(ConfigMap, { namespace: "default" }),
          ...more,
        },
      );
    const runtime = await startRuntime([
      seen("narrow", { owns: [{ kind: ConfigMap, selector: "app=x", writes: [] }] }),
      seen("other", { owns: [{ kind: ConfigMap, selector: "app=y", writes: [] }] }),
    ]);
    for (const app of ["x", "y", "z"])
      await runtime.user.create(ConfigMap, { ...theirs, metadata: { ...theirs.metadata, name: app, labels: { app } } });
    await runtime.manager.start();
    stops.push(() => runtime.manager.stop());
    await runtime.user.create(Pod, makeRoot("root"));
    const annotations = await eventually(async () => {
      const root = await runtime.user.get<Root>({ kind: Pod, namespace: "default", name: "root" });
      const { narrow, other } = root.metadata.annotations ?? {};
      return narrow !== undefined && other !== undefined && { narrow, other };
    }, "both caches are told of");
    expect(annotations).toEqual({ narrow: "x", other: "y" });
  });
});

/** What a reconcile sees of children, it has from the answers to its own writes. */
const silent = (inner: Transport): Transport => silentWatches(inner, "configmaps");

describe("apply", () => {
  test("patches only what differs in the fields it names, and only then", async () => {
    const spec = controller((root) => [apply(ConfigMap, childOf(root, "a", { ours: "1" }))]);
    const { user, children, counted, quiet } = await run(spec);
    await eventually(async () => (await children()).length === 1, "there is a child");
    const child = { kind: ConfigMap, namespace: "default", name: "a" };
    await user.patch(child, { data: { theirs: "2", ours: "changed" } }, { type: "merge" });
    await eventually(async () => (await user.get<Settings>(child)).data?.["ours"] === "1", "our field is put right");
    await quiet();
    expect((await user.get<Settings>(child)).data).toEqual({ ours: "1", theirs: "2" });
    expect(counted.requests.filter(({ verb }) => verb === "PATCH").map(({ body }) => body)).toEqual([
      { data: { ours: "1" } },
    ]);
  });

  test("does not touch what somebody else controls, and says so in the failures", async () => {
    const spec = controller(
      (root, world) => [apply(ConfigMap, childOf(root, "taken")), say(world[0]?.metadata.name ?? "")],
      {
        observe: (root, cache) => {
          const [failed] = cache.failures(root);
          return failed ? [{ ...childOf(root, failed.message) }] : [];
        },
      },
    );
    const { user, status } = await startAfter(spec, async (client) => {
      await client.create(ConfigMap, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "taken", namespace: "default" },
      });
    });
    await status("ConfigMap default/taken already exists and is controlled by nobody");
    expect(
      (await user.get({ kind: ConfigMap, namespace: "default", name: "taken" })).metadata.ownerReferences,
    ).toBeUndefined();
  });

  test("a target with a uid is never created", async () => {
    const spec = controller((root) => [
      apply(ConfigMap, { ...childOf(root, "ghost"), metadata: { ...childOf(root, "ghost").metadata, uid: "gone" } }),
      say("looked"),
    ]);
    const { status, children } = await run(spec);
    await status("looked");
    expect(await children()).toEqual([]);
  });

  test("finishes an order before it starts the next", async () => {
    const spec = controller((root) =>
      ["c", "b", "a"].map((name, at) => apply(ConfigMap, childOf(root, name), { order: 2 - at })),
    );
    const { counted, children } = await run(spec);
    await eventually(async () => (await children()).length === 3, "there are three children");
    const names = counted.requests
      .filter(({ verb }) => verb === "POST")
      .map(({ body }) => (body as Settings).metadata.name);
    expect(names).toEqual(["a", "b", "c"]);
  });
});

async function startAfter(
  spec: Spec,
  before: (user: Awaited<ReturnType<typeof startRuntime>>["user"]) => Promise<void>,
) {
  const runtime = await startRuntime([spec]);
  await before(runtime.user);
  await runtime.manager.start();
  stops.push(() => runtime.manager.stop());
  await runtime.user.create(Pod, makeRoot("root"));
  const ref = { kind: Pod, namespace: "default", name: "root" };
  const status = (message: string) =>
    eventually(async () => (await runtime.user.get<Root>(ref)).status?.message === message, `the root says ${message}`);
  return { ...runtime, status, quiet: () => quiet(() => runtime.counted.requests.length, 60) };
}

describe("failures", () => {
  const settings: Noun = { reason: "Settings", subject: "the settings" };
  const reporting = (): Spec =>
    controller(
      (root, world) => [
        create(ConfigMap, childOf(root, "a"), { as: settings }),
        say(world.map(({ metadata }) => metadata.name).join() || "fine"),
      ],
      {
        observe: (root, cache) =>
          cache
            .failures(root)
            .map(
              ({ reason }) => ({ apiVersion: "", kind: "", metadata: { name: reason }, root: root.kind }) as Settings,
            ),
      },
    );

  test("are in the status of the same reconcile, are retried, and leave the status when they are over", async () => {
    let refuse = true;
    const { status, user, counted } = await run(
      reporting(),
      refusing((request) => refuse && isCreate(request)),
    );
    await status("FailedCreateSettings");
    refuse = false;
    await status("fine");
    const statuses = counted.requests.filter(({ path }) => path.endsWith("/status")).map(({ body }) => body);
    expect(statuses).toMatchObject([{ status: { message: "FailedCreateSettings" } }, { status: { message: "fine" } }]);
    const events = await eventually(async () => {
      const { items } = await user.list(
        { group: "events.k8s.io", version: "v1", kind: "Event", resource: "events", namespaced: true },
        { namespace: "default" },
      );
      return items.some((event) => event["reason"] === "CreatedSettings") && items;
    }, "the event of the creation is there");
    const notes = events.map((event) => `${String(event["reason"])}: ${String(event["note"])}`);
    expect(new Set(notes)).toEqual(
      new Set([
        "FailedToCreateSettings: Failed to create the settings default/a: exceeded quota",
        "CreatedSettings: Created the settings default/a",
      ]),
    );
  });

  test("conflicts are none: the reconcile is made again, and the status says nothing before that", async () => {
    let conflicts = 2;
    const spec = reporting();
    const { status, children, counted } = await run(
      spec,
      refusing((request) => isCreate(request) && conflicts-- > 0, 409, "Conflict"),
    );
    await eventually(async () => (await children()).length === 1, "there is a child");
    await status("fine");
    const writes = counted.writes({ events: false }).map((write) => write.replace(/ .*\//, " "));
    expect(writes).toEqual(["POST configmaps", "POST configmaps", "POST configmaps", "PATCH status"]);
  });

  test("a plan that throws is tried again; one that throws a TerminalError is not", async () => {
    let passes = 0;
    const spec = controller(() => {
      passes++;
      if (passes === 1) throw new TypeError("a mistake");
      throw new TerminalError("hopeless");
    });
    const { quiet } = await run(spec);
    await eventually(() => passes === 2, "there were two passes");
    await quiet();
    expect(passes).toBe(2);
  });
});

describe("life and death of a root", () => {
  const finalizer = { name: "test.windlass/cleanup" };

  test("the finalizer comes before the first plan and goes when the plan lets it", async () => {
    const seen: string[] = [];
    const spec = controller(
      (root) => {
        seen.push(`plan ${String(root.metadata.finalizers)}`);
        return [apply(ConfigMap, childOf(root, "a")), say("up")];
      },
      {
        finalizer,
        planDeletion: (_, world) =>
          world.length === 0 ? [release] : [...world.map((child) => remove(ConfigMap, child)), requeue(5)],
      },
    );
    const { user, ref, status, children } = await run(spec);
    await status("up");
    await user.delete(ref);
    await eventually(() => user.get(ref).then(() => false, isNotFound), "the root is gone");
    expect([seen[0], await children()]).toEqual(["plan test.windlass/cleanup", []]);
  });

  test("without a planDeletion the finalizer goes at once", async () => {
    const { user, ref, status } = await run(controller(() => [say("up")], { finalizer }));
    await status("up");
    await user.delete(ref);
    expect(await eventually(() => user.get(ref).then(() => false, isNotFound), "the root is gone")).toBe(true);
  });

  test("a root of somebody else is left alone", async () => {
    const { counted, quiet } = await run(controller(() => [say("up")], { manages: () => false, finalizer }));
    await quiet();
    expect(counted.writes()).toEqual([]);
  });
});

describe("actions", () => {
  test("run after the status is written; their answer makes the next reconcile", async () => {
    const order: string[] = [];
    const ask = defineAction<{ readonly n: number }, string>({ name: "ask", does: "Asks." });
    const spec = controller((_, world) => [say(world[0]?.metadata.name ?? "asked"), act(ask, { n: 1 })], {
      observe: (root, cache) => {
        const outcome = answerTo(cache.answer(root, ask), { n: 1 })?.outcome;
        return outcome?.ok ? [childOf(root, outcome.value)] : [];
      },
      actions: [
        perform(ask, async ({ n }, { root }) => {
          order.push(`ask ${n}`, root.metadata.name ?? "");
          return "answered";
        }),
      ],
    });
    const { status, counted, quiet } = await run(spec);
    await status("answered");
    await quiet();
    expect(order).toEqual(["ask 1", "root"]);
    expect(counted.writes()).toHaveLength(2);
  });
});

describe("a manager", () => {
  test("that cannot list a kind says which, and why", async () => {
    const wrap = refusing(({ method, path }) => method === "GET" && path.endsWith("/configmaps"));
    const { manager } = await startRuntime([controller(() => [])], { wrap, syncTimeoutMs: 100 });
    await expect(manager.start()).rejects.toThrow("caches did not sync within 0.1 s: ConfigMap (exceeded quota)");
    await manager.stop();
  });

  test("stops while passes fail, and makes none afterwards", async () => {
    const { manager, counted, quiet } = await run(controller((root) => [apply(ConfigMap, childOf(root, "A b"))]));
    await eventually(() => counted.writes().length > 2, "passes have failed");
    await manager.stop();
    const writes = counted.writes().length;
    await quiet();
    expect(counted.writes()).toHaveLength(writes);
  });

  test("refuses to read a kind that its controllers neither own nor watch", async () => {
    const read = Promise.withResolvers<unknown>();
    const spec = controller(() => [], {
      owns: [],
      observe: (_, cache) => {
        try {
          return cache.list(ConfigMap);
        } catch (error) {
          read.resolve(error);
          throw error;
        }
      },
    });
    await run(spec);
    expect(await read.promise).toEqual(
      new Error("ConfigMap is not cached: a controller must own or watch what it reads"),
    );
  });

  test("refuses a write that its controller does not declare, before anything is written", async () => {
    const spec = controller((root) => [apply(ConfigMap, childOf(root, "a")), say("made")], {
      owns: [{ kind: ConfigMap, writes: ["create"] }],
    });
    const { counted, quiet } = await run(spec);
    await quiet();
    expect(counted.writes()).toEqual([]);
  });
});
