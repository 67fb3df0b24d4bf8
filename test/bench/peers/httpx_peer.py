"""httpx: one client, a semaphore around the rows."""

import asyncio

import httpx

from peer import (
    BASE_URL,
    CONCURRENCY,
    if_match,
    new_headers,
    parse,
    path_of,
    send,
    update_all,
)


async def main():
    limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
    async with httpx.AsyncClient(base_url=BASE_URL, limits=limits, timeout=60) as client:

        async def exchange(method, path, **options):
            answer = await client.request(method, path, **options)
            return answer.status_code, answer.headers, answer.content

        async def update_row(tenant_id, email, company_name):
            path = path_of(tenant_id)
            profile = parse(await send(lambda: exchange("GET", path, headers=new_headers())))
            tag = if_match(profile)
            profile.update(email=email, companyName=company_name)
            await send(
                lambda: exchange("PUT", path, json=profile, headers={**new_headers(), **tag})
            )

        await update_all(update_row)


asyncio.run(main())
