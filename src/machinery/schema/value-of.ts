/**
 * The TypeScript type of what a schema takes, so that a field stands in one place. For schemas written `as const`: `type`,
 * `enum`, `properties`, `required`, `additionalProperties`, `items`, `anyOf` and `nullable` count. Types only.
 */

type RequiredNames<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never;

type Properties<P, Name> = {
  readonly [Key in keyof P as Key extends Name ? Key : never]: ValueOf<P[Key]>;
} & { readonly [Key in keyof P as Key extends Name ? never : Key]?: ValueOf<P[Key]> };

/** One interface instead of an intersection: what editors and errors show. */
type Flat<T> = { [Key in keyof T]: T[Key] };

type MapOf<S> = S extends { readonly properties: infer P }
  ? Flat<Properties<P, RequiredNames<S>>>
  : S extends { readonly additionalProperties: infer Value }
    ? Readonly<Record<string, ValueOf<Value>>>
    : Readonly<Record<string, unknown>>;

type NonNull<S> = S extends { readonly enum: readonly (infer Value)[] }
  ? Value
  : S extends { readonly anyOf: readonly (infer One)[] }
    ? ValueOf<One>
    : S extends { readonly type: "string" }
      ? string
      : S extends { readonly type: "integer" | "number" }
        ? number
        : S extends { readonly type: "boolean" }
          ? boolean
          : S extends { readonly type: "array"; readonly items: infer Item }
            ? readonly ValueOf<Item>[]
            : S extends { readonly type: "object" }
              ? MapOf<S>
              : unknown;

export type ValueOf<S> = S extends { readonly nullable: true }
  ? NonNull<S> | null
  : S extends unknown
    ? NonNull<S>
    : never;
