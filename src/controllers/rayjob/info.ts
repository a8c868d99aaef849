/** What Ray's Jobs API says of a job, as an observation carries it. Pure. */

export interface RayJobInfo {
  readonly status: string;
  readonly message?: string;
  /** Milliseconds since the epoch. */
  readonly start_time?: number;
  readonly end_time?: number;
}
