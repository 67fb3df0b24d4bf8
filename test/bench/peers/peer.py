"""What the peers in Python share: the rows, the headers, the retries, and the line at the end."""

import asyncio
import json
import os
import resource
import sys
import time
import uuid

BASE_URL, FILE, CONCURRENCY = sys.argv[1], sys.argv[2], int(sys.argv[3])
RETRIES = 3

counts = {"requests": 0, "refused": 0}


def read_rows():
    with open(FILE, encoding="utf-8") as lines:
        next(lines)
        return [line.rstrip("\n").split(",") for line in lines]


def new_headers():
    return {
        "Authorization": f"Bearer {os.environ['PARTNER_CENTER_ACCESS_TOKEN']}",
        "MS-RequestId": str(uuid.uuid4()),
        "MS-CorrelationId": str(uuid.uuid4()),
    }


def path_of(tenant_id):
    return f"/v1/customers/{tenant_id}/profiles/billing"


def if_match(profile):
    return {"If-Match": f'"{profile["attributes"]["etag"]}"'}


def parse(body):
    # The service begins its JSON with a byte order mark.
    return json.loads(body.decode("utf-8-sig"))


class Refused(Exception):
    pass


async def send(request):
    """The body of the answer; what is throttled is asked again when Retry-After has passed."""
    for attempt in range(RETRIES + 1):
        counts["requests"] += 1
        status, headers, body = await request()
        if status == 200:
            return body
        if status != 429:
            raise Refused(status)
        counts["refused"] += 1
        if attempt < RETRIES:
            await asyncio.sleep(float(headers.get("Retry-After", 1)))
    raise Refused(429)


async def update_all(update_row):
    """Does all rows, so many at once, and says how it went. A row is updated or raises."""
    rows = read_rows()
    slots = asyncio.Semaphore(CONCURRENCY)

    async def one(row):
        async with slots:
            await update_row(*row)

    started = time.perf_counter()
    endings = await asyncio.gather(*(one(row) for row in rows), return_exceptions=True)
    wall = time.perf_counter() - started
    failed = sum(isinstance(ending, Exception) for ending in endings)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime
    result = {"rows": len(rows), "updated": len(rows) - failed, "failed": failed, **counts}
    print(json.dumps({**result, "wallMs": 1000 * wall, "cpuMs": 1000 * cpu}))
