/** The commands that every pod of Ray runs beside its own: for its files, and to ask whether it is well. */

export const ulimit = `ulimit -n \${RAY_START_ULIMIT_OPEN_FILES:-65536}; `;
export const raylet = "wget --tries 1 -T 2 -q -O- http://localhost:52365/api/local_raylet_healthz | grep success";
export const gcs = "wget --tries 1 -T 10 -q -O- http://localhost:8265/api/gcs_healthz | grep success";
