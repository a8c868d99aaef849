/** What an experiment left: files below one place, whichever kind of place that is. */

export interface OutputFile {
  /** Relative to the place, with `/` between folders. */
  readonly path: string;
  readonly bytes: number;
  readonly modified: Date;
}

export interface OutputStore {
  /** Folder or `s3://BUCKET/PREFIX`. */
  readonly place: string;
  /** All files, by path; at most `limit` where one is given. None where the place does not exist (yet). */
  list(limit?: number): Promise<readonly OutputFile[]>;
  /** Makes the file `to`, or replaces it; its folder exists. */
  download(file: OutputFile, to: string): Promise<void>;
}

export const byPath = (a: OutputFile, b: OutputFile): number => (a.path < b.path ? -1 : Number(a.path > b.path));
