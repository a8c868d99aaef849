import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../testing/fake-clock.ts";
import type { NetworkPart } from "../runtime/helper.ts";
import { watchNetwork } from "./watch-network.ts";

function start(answers: readonly (readonly string[] | Error)[] = []) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const told: (string | undefined)[] = [];
  const left = [...answers];
  let change: (what: NetworkPart) => void = () => {};
  const bridge = {
    async mend(parts: ReadonlySet<NetworkPart>) {
      asked.push([...parts].join("+"));
      const answer = left.shift() ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onChange: (changed: (what: NetworkPart) => void) => void (change = changed),
  };
  const stop = watchNetwork(bridge, clock, {
    mended: (what) => told.push(`mended: ${what.join(", ")}`),
    broken: (why) => told.push(why),
  });
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { pass, asked, told, stop, change: (what: NetworkPart) => change(what) };
}

describe("the watch over the pods' network", () => {
  it("does nothing while nothing happens, for a minute", async () => {
    const { pass, asked } = start();
    await pass(59_000);
    expect(asked).toEqual([]);
    await pass(1000);
    await pass(60_000);
    expect(asked).toEqual(["links+firewall", "links+firewall"]);
  });
  it("looks once after several changes, at what has changed", async () => {
    const { pass, asked, change } = start();
    for (const what of ["links", "links", "firewall"] as const) change(what);
    await pass(500);
    change("links");
    await pass(500);
    expect(asked).toEqual(["links+firewall", "links"]);
  });
  it("says what it mended, and what it could not until it can", async () => {
    const { pass, told, change } = start([["the bridge was gone"], new Error("no"), []]);
    for (let times = 0; times < 3; times++) {
      change("links");
      await pass(500);
    }
    expect(told).toEqual(["mended: the bridge was gone", undefined, "cannot repair the pods' network: no", undefined]);
  });
  it("ends when it is told to", async () => {
    const { pass, asked, change, stop } = start();
    change("links");
    stop();
    change("links");
    await pass(120_000);
    expect(asked).toEqual([]);
  });
});
