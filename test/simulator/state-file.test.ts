import { appendFile, chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OTHER, TENANT, getProfile, putProfile, simulate } from './call.js';

let folder: string;
let stateFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'billpatch-state-'));
  stateFile = join(folder, 'state.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

/** Two PUTs and an edit for one customer, one PUT for another; what the world then is. */
async function firstLife() {
  const simulator = await simulate({ stateFile, anyTenant: true });
  for (const email of ['one@a.example', 'two@a.example']) {
    await putProfile(simulator, { ...(await getProfile(simulator)).json, email });
  }
  simulator.edit(TENANT, { addressLine2: 'Hinterhaus' });
  const other = (await getProfile(simulator, OTHER)).json;
  await putProfile(simulator, { ...other, lastName: 'Ōe' }, {}, OTHER);
  const profiles = [simulator.profile(TENANT), simulator.profile(OTHER)];
  await simulator.close();
  return profiles;
}

describe('a later start', () => {
  it('sees the same world, and goes on with other tags', async () => {
    const profiles = await firstLife();
    const simulator = await simulate({ stateFile, anyTenant: true });
    expect([simulator.profile(TENANT), simulator.profile(OTHER)]).toEqual(profiles);
    expect([simulator.history(TENANT), simulator.history(OTHER)]).toEqual([2, 1]);
    const put = await putProfile(simulator, (await getProfile(simulator)).json);
    const lines = (await readFile(stateFile, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(5);
    const tags = lines.map((line) => /"etag":"(-?\d+)"/.exec(line)?.[1]);
    expect(new Set(tags).size).toBe(5);
    expect(JSON.parse(lines[4]!)).toEqual({ tenantId: TENANT, profile: put.json });
  });

  it.each(['{"tenantId":"', '{"tenantId":"x","profile":{}}'])(
    'cuts off a last line that was torn: %s',
    async (torn) => {
      const profiles = await firstLife();
      const whole = await readFile(stateFile, 'utf8');
      await appendFile(stateFile, torn);
      const simulator = await simulate({ stateFile, anyTenant: true });
      expect(simulator.profile(TENANT)).toEqual(profiles[0]);
      expect(await readFile(stateFile, 'utf8')).toBe(whole);
    },
  );

  it('refuses a file that is damaged before its last line', async () => {
    await writeFile(stateFile, '{"tenantId":\n{}\n');
    await expect(simulate({ stateFile })).rejects.toThrow(`${stateFile}: line 1 is damaged.`);
  });
});

it('refuses what is no file, such as a folder or a device', async () => {
  await expect(simulate({ stateFile: folder })).rejects.toThrow(`${folder} is no file.`);
});

it('is for nobody else to read, even where it was', async () => {
  await writeFile(stateFile, '');
  await chmod(stateFile, 0o644);
  await simulate({ stateFile });
  expect((await stat(stateFile)).mode & 0o777).toBe(0o600);
});
