/** Errors of buckets, and of the locations of outputs and inputs. */
import { defineErrors, makersOf } from "./define.ts";

const keys = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to keys with access to the bucket";

const region = "set AWS_REGION to the region of the bucket";

const remedies: Readonly<Record<string, string>> = {
  NoSuchBucket: "create the bucket, or name another one",
  AccessDenied: keys,
  InvalidAccessKeyId: keys,
  SignatureDoesNotMatch: keys,
  AuthorizationHeaderMalformed: region,
  PermanentRedirect: region,
};

export const storageArea = defineErrors("Buckets", {
  STORAGE_PLACE: {
    when: "`--outputs` or `--inputs` is neither a folder nor s3://BUCKET/PREFIX, or is a folder where a bucket is required",
    message: (flag: string, place: string, reason: string) => `${flag} ${place}: ${reason}`,
    remedy: "write it as s3://results or s3://results/team-a",
    exitStatus: 2,
  },
  STORAGE_LOOPBACK: {
    when: "the operator is given an S3 server on the loopback of its own machine",
    message: (endpoint: string) => `the pods of a cluster cannot reach ${endpoint}: it is this machine's own loopback`,
    remedy: "set AWS_ENDPOINT_URL to an address that pods can reach",
    exitStatus: 2,
  },
  STORAGE_KEYS: {
    when: "a bucket is used, but the environment has no keys for it",
    message: (place: string) => `${place}: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set`,
    remedy: `${keys}; set AWS_ENDPOINT_URL for a server other than Amazon's`,
  },
  STORAGE_UNREACHABLE: {
    when: "the S3 server does not answer",
    message: (endpoint: string, reason: string) => `cannot reach the S3 server ${endpoint}: ${reason}`,
    remedy: "check AWS_ENDPOINT_URL, and that the server is running",
  },
  STORAGE_FOREIGN: {
    when: "something answers at the endpoint, but not as an S3 server",
    message: (endpoint: string) => `${endpoint} is not an S3 server: its answer is no listing of a bucket`,
    remedy: "check AWS_ENDPOINT_URL: its port, and that it names the S3 API and not a console",
  },
  DOWNLOAD_INTERRUPTED: {
    when: "the connection to the S3 server is lost in the middle of a file",
    message: (what: string, bytes: number, reason: string) =>
      `${what}: the download was interrupted after ${bytes} bytes: ${reason}`,
    remedy: "run the command again: files that are here already are not downloaded again",
  },
  STORAGE_REFUSED: {
    when: "the S3 server answers with an error",
    message: (what: string, code: string, text: string) =>
      `${what}: the S3 server answered ${code}${text && `: ${text}`}`,
    remedy: (_what: string, code: string) => remedies[code],
  },
});

export const storageErrors = makersOf(storageArea);
