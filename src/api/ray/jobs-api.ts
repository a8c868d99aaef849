/** What Ray's Jobs API takes and answers, as far as the controllers use it. */

export interface RayJobInfo {
  /** PENDING, RUNNING, STOPPED, SUCCEEDED or FAILED. */
  readonly status: string;
  readonly message?: string;
  /** Milliseconds since the epoch. */
  readonly start_time?: number;
  readonly end_time?: number;
}

export interface SubmitRequest {
  readonly entrypoint: string;
  readonly submission_id: string;
  readonly runtime_env?: unknown;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly entrypoint_num_cpus?: number;
  readonly entrypoint_num_gpus?: number;
  readonly entrypoint_resources?: Readonly<Record<string, number>>;
}
