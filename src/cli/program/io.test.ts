import { expect, test } from "vitest";
import { withWholeFolders } from "./io.ts";

test.each([
  ["a relative one is below where the user stands", { WINDLASS_HOME: "state" }, { WINDLASS_HOME: "/here/state" }],
  ["a whole one stays", { XDG_STATE_HOME: "/there" }, { XDG_STATE_HOME: "/there" }],
  ["an empty one means the default", { XDG_CACHE_HOME: "" }, { XDG_CACHE_HOME: "" }],
  ["other variables are no folders", { HOME: "x" }, { HOME: "x" }],
])("folders of the environment: %s", (_, env, wanted) => {
  expect(withWholeFolders(env, "/here")).toEqual(wanted);
});
