"""Each pod says where in the array it stands. Only the standard library."""

import os
import socket

where = {
    "type": os.environ["REPLICATED_JOB_NAME"],
    "job": f"{os.environ['JOB_INDEX']} of {os.environ['REPLICATED_JOB_REPLICAS']}",
    "pod": os.environ["JOB_COMPLETION_INDEX"],
    "global job": f"{os.environ['JOB_GLOBAL_INDEX']} of {os.environ['GLOBAL_REPLICAS']}",
    "host": socket.gethostname(),
}
print("  ".join(f"{name} {value}" for name, value in where.items()))
