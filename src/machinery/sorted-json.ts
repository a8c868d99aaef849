/** JSON with sorted keys, as Go marshals maps: equal values give one text, whatever order their fields were written in. Pure. */
import { stringify } from "safe-stable-stringify";

export const sortedJson = (value: unknown): string => stringify(value) ?? "null";
