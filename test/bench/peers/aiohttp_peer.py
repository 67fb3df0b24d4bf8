"""aiohttp: one session, a semaphore around the rows."""

import asyncio

import aiohttp

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
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(BASE_URL, connector=connector) as session:

        async def exchange(method, path, **options):
            async with session.request(method, path, **options) as answer:
                return answer.status, answer.headers, await answer.read()

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
