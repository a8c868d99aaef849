/**
 * The errors of one area as a table: code → when it occurs, what is said and what helps. Code throws what the table
 * makes, and the reference page is generated from it, so a message is written once.
 */
import { UserError } from "./user-error.ts";

type Words = (...details: never) => string;

export interface ErrorEntry {
  /** For the reference page, in a few words: what has happened when this code appears. */
  readonly when: string;
  readonly message: Words;
  /** What to do about it; a function takes the details of `message`. */
  readonly remedy?: string | ((...details: never) => string | undefined);
  /** Process exit status; 1 when absent. */
  readonly exitStatus?: number;
}

export type ErrorTable = Readonly<Record<string, ErrorEntry>>;

type Makers<Table extends ErrorTable> = {
  readonly [Code in keyof Table]: (...details: Parameters<Table[Code]["message"]>) => UserError;
};

export interface ErrorArea {
  /** Heading on the reference page. */
  readonly title: string;
  readonly table: ErrorTable;
}

function makeError(code: string, entry: ErrorEntry, details: readonly unknown[]): UserError {
  const say = entry.message as (...details: readonly unknown[]) => string;
  const advise = entry.remedy as string | undefined | ((...details: readonly unknown[]) => string | undefined);
  return new UserError(code, say(...details), {
    remedy: typeof advise === "function" ? advise(...details) : advise,
    exitStatus: entry.exitStatus,
  });
}

/** Makers of the errors of a table, by code: `throw fileErrors.FILE_NOT_FOUND(file)`. */
export function makersOf<const Table extends ErrorTable>({ table }: { readonly table: Table }): Makers<Table> {
  const makers = Object.entries(table).map(([code, entry]) => [
    code,
    (...details: readonly unknown[]) => makeError(code, entry, details),
  ]);
  return Object.fromEntries(makers) as Makers<Table>;
}

/** Keeps the types of a table's messages. */
export const defineErrors = <const Table extends ErrorTable>(
  title: string,
  table: Table,
): { readonly title: string; readonly table: Table } => ({ title, table });
