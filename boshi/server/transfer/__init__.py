"""Moving a person's record between towns: the pull, per person, online (docs/transfer.md).

The town that asks: `pending`, `request`, `run_once`, `outgoing_requests`. The town that is asked: `transfer_routes`
is its door, `inbox`, `approve`, `reject` and `work_desk` are its responsible staff's.
"""

from boshi.server.transfer.cases import TRANSFER_DESK, Case, open_cases
from boshi.server.transfer.courier import Progress, run_once
from boshi.server.transfer.desk import InboxItem, approve, certain_and_proved, inbox, reject, work_desk
from boshi.server.transfer.legal_bases import LegalBases, load_legal_bases
from boshi.server.transfer.newcomers import Newcomer, pending
from boshi.server.transfer.outgoing import Outgoing, outgoing_requests, request
from boshi.server.transfer.routes import transfer_routes
from boshi.server.transfer.towns import Directory, Town, directory_of, load_directory
from boshi.server.transfer.transport import HttpTransport, Transport

__all__ = [
    "TRANSFER_DESK",
    "Case",
    "Directory",
    "HttpTransport",
    "InboxItem",
    "LegalBases",
    "Newcomer",
    "Outgoing",
    "Progress",
    "Town",
    "Transport",
    "approve",
    "certain_and_proved",
    "directory_of",
    "inbox",
    "load_directory",
    "load_legal_bases",
    "open_cases",
    "outgoing_requests",
    "pending",
    "reject",
    "request",
    "run_once",
    "transfer_routes",
    "work_desk",
]
