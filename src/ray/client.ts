/** Ray's Jobs API as the controllers use it. An interface: how its requests get to the head is the caller's choice. */

export interface RayJobInfo {
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

export interface RayClient {
  /** Undefined when Ray knows no such job. Rejects when Ray cannot be asked. */
  jobInfo(id: string, signal: AbortSignal): Promise<RayJobInfo | undefined>;
  submit(request: SubmitRequest, signal: AbortSignal): Promise<void>;
  stop(id: string, signal: AbortSignal): Promise<void>;
}

/** Where a head's dashboard is. */
export interface RayEndpoint {
  readonly namespace: string;
  /** Head Service. */
  readonly service: string;
  /** `host:port` as in the status. */
  readonly address: string;
  readonly token?: string;
}

export type RayClientFactory = (endpoint: RayEndpoint) => RayClient;
