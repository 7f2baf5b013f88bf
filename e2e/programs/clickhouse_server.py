"""In place of a ClickHouse server: the embedded engine over HTTP, in a process of its own. Prints its port; ends with its input."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from server.tests.store.clickhouse_stub import clickhouse

with clickhouse(sys.argv[1], "default") as server:
    print(server.port, flush=True)
    sys.stdin.read()
