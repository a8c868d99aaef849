/** Ray's HTTP API: the Jobs API as the controllers use it, and what `why` asks. An interface: how its requests get to the head is the caller's choice. */
import type { RayJobInfo, SubmitRequest } from "../api/ray/jobs-api.ts";

/** Every call rejects when Ray cannot be asked: no connection, no answer in time, or an answer that is none. */
export interface RayClient {
  /** Undefined when Ray knows no such job. */
  jobInfo(id: string, signal: AbortSignal): Promise<RayJobInfo | undefined>;
  /** Resolves as well when that very submission has been made before. */
  submit(request: SubmitRequest, signal: AbortSignal): Promise<void>;
  /** Resolves as well when there is no such job any more. */
  stop(id: string, signal: AbortSignal): Promise<void>;
  /** What `ray status` prints. */
  clusterStatus(signal: AbortSignal): Promise<string>;
}

/** Where a head's dashboard is. */
export interface RayEndpoint {
  readonly namespace: string;
  /** Head Service. */
  readonly service: string;
  /** `host:port` as in the status. */
  readonly address: string;
  /** Secret with the token (key `auth_token`) of a cluster that asks for one. */
  readonly tokenSecret?: string;
}

export type RayClientFactory = (endpoint: RayEndpoint) => RayClient;
