/**
 * Patterns of failure policy rules: Go's regular expressions, searched for anywhere in a text, in time linear in it (a
 * user's pattern must not be able to stall the controller). Pure.
 */
import { RE2JS, RE2JSException } from "re2js";

/** Whether a text has the pattern somewhere; what is no pattern is nowhere. */
export function finderOf(pattern: string): (text: string) => boolean {
  try {
    const expression = RE2JS.compile(pattern);
    return (text) => expression.test(text);
  } catch (error) {
    if (error instanceof RE2JSException) return () => false;
    throw error;
  }
}
