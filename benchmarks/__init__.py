"""What spatialkit is held against: one file per claim, each beside the peer that a careful person would use instead.

``python -m benchmarks`` prints the table. Importing this package pins BLAS to one thread, which only works before
numpy is loaded: import it first.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"
