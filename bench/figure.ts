/** What a bench measures: one number, and what it has to reach. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it has to reach, in words. */
  readonly goal: string;
  readonly reached: boolean;
}
