import { expectTypeOf, test } from "vitest";
import type { ExperimentSpec, ExperimentStatus } from "../../api/experiment/types.ts";
import type { Manifest } from "../../manifest/index.ts";
import type { ValueOf } from "./value-of.ts";

// The type checker runs these: a wrong type does not compile.
test("a schema's type", () => {
  const schema = {
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string" },
      state: { type: "string", enum: ["On", "Off"] },
      sizes: { type: "array", items: { type: "integer" } },
      labels: { type: "object", additionalProperties: { type: "string" } },
      limit: { type: "number", nullable: true },
      either: { anyOf: [{ type: "boolean" }, { type: "string" }] },
      rest: { type: "object" },
    },
  } as const;
  expectTypeOf<ValueOf<typeof schema>>().toEqualTypeOf<{
    readonly name: string;
    readonly state?: "On" | "Off";
    readonly sizes?: readonly number[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly limit?: number | null;
    readonly either?: boolean | string;
    readonly rest?: Readonly<Record<string, unknown>>;
  }>();
});

test("the types of our kinds and of the manifest are those of their fields", () => {
  expectTypeOf<ExperimentSpec["manifest"]>().toEqualTypeOf<string>();
  expectTypeOf<ExperimentSpec["vcs"]>().toExtend<{ readonly sha?: string } | undefined>();
  expectTypeOf<NonNullable<ExperimentStatus["steps"]>[number]["startTime"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<NonNullable<Manifest["builder"]>["buildArgs"]>().toEqualTypeOf<
    Readonly<Record<string, string | boolean | number>> | undefined
  >();
  expectTypeOf<Manifest["spec"]["command"]>().toEqualTypeOf<string>();
  // @ts-expect-error: no such field
  type _Unknown = ExperimentSpec["manifests"];
});
