"""The server as `boshi serve` runs it: python -m tests.bench.boshi_server --port N (settings: BOSHI_…)."""

import sys

from boshi.server.serving import serve
from boshi.server.settings import Settings

if __name__ == "__main__":
    serve(Settings(port=int(sys.argv[sys.argv.index("--port") + 1])))
