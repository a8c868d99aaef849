import { expect, test } from "vitest";
import { type BuildTold, buildNews, nothingTold } from "./build-news.ts";

const creating = "creating a Python 3.12.3 environment with uv";
const command = "$ pip install -r requirements.txt";
const told = (steps: number, seconds: number): BuildTold => ({ steps, atMs: seconds * 1000 });

test.each<[string, readonly string[], number, BuildTold, readonly string[]]>([
  ["nothing of a build that makes nothing", ["source: 4 files, 1 KiB"], 1, nothingTold, []],
  ["what is made, and with what, at once", ["using requirements.txt", creating], 1, nothingTold, [creating]],
  ["every command that begins", [creating, command], 2, told(1, 1), [command]],
  ["no line of the installer in between", [creating, command, "Collecting ray"], 9, told(2, 2), []],
  ["how far it is after a while", [creating, command, "  Building slow"], 17, told(2, 2), ["17s · Building slow"]],
  ["not again before the next while is over", [creating, command, "  Building slow"], 31, told(2, 17), []],
  ["again after that", [creating, command, "  Building slow"], 92, told(2, 77), ["92s · Building slow"]],
  ["the time alone where there is no log yet", [], 15, nothingTold, ["15s"]],
])("a build without a terminal: %s", (_, lines, seconds, before, news) => {
  expect(buildNews(lines, seconds * 1000, before).news).toEqual(news);
});

test("what was told is not told again", () => {
  const first = buildNews([creating], 1000, nothingTold);
  expect(buildNews([creating], 1300, first).news).toEqual([]);
});
