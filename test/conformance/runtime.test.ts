/** What the runtime promises every controller, on the embedded API server. */
import { describe, expect, test } from "vitest";
import { ConfigMap, Pod } from "../../src/api/core/kinds.ts";
import { failure } from "../../src/kube/errors.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { again, apply, create, patchRoot, remove, removeAll, requeue } from "../../src/runtime/steps.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { silentWatches } from "../../src/testing/silent-watches.ts";
import {
  childOf,
  controller,
  count,
  isCreate,
  makeRoot,
  refusing,
  type Root,
  run,
  say,
  type Settings,
  type Spec,
  startAfter,
  startRuntime,
  stops,
} from "./runtime-bench.ts";

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
