/** N10: a service that ignores tags is found out, in every run. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { startSimulator, type SimulatorOptions } from '../../src/simulator/start-simulator.js';
import { billpatch, newFolder, readCsv, writeInput } from './billpatch.js';

const ROUNDS = process.env.BILLPATCH_TEST_LEVEL === 'full' ? 50 : 3;
const ROWS = 20;
const tenant = (row: number): string => `11111111-0000-4000-8000-${String(row).padStart(12, '0')}`;

async function apply(options: SimulatorOptions) {
  const simulator = await startSimulator({ anyTenant: true, ...options });
  onTestFinished(simulator.close);
  const cwd = newFolder();
  const rows = Array.from({ length: ROWS }, (_, row) => `${tenant(row)},r${row}@new.example\n`);
  writeInput(cwd, `customerTenantId,email\n${rows.join('')}`);
  const words = ['apply', 'in.csv', '--base-url', simulator.url, '--yes', '--run-dir', 'run'];
  const ran = await billpatch([...words, '--check-etags'], { cwd });
  return { ...ran, cwd, simulator, results: readCsv(join(cwd, 'run/results.csv')) };
}

describe('--check-etags', () => {
  test(
    'stops the run at a service that ignores tags; going on is then a decision',
    { timeout: 600_000 },
    async () => {
      let stopped = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const { exitCode, stdout, results, simulator, cwd } = await apply({ etags: 'ignore' });
        expect(exitCode).toBe(3);
        expect(stdout).toContain('accepted an update with an outdated ETag');
        expect(results.filter((row) => row.result_status === 'skipped').length).toBeGreaterThan(0);
        // Nothing but the values of the file, however often they were sent.
        for (let row = 0; row < ROWS; row += 1) {
          const sent = results[row]?.result_status === 'updated';
          const email = simulator.profile(tenant(row))?.email;
          expect(email === `r${row}@new.example`).toBe(sent);
        }
        expect((await billpatch(['resume', 'run'], { cwd })).exitCode).toBe(0);
        stopped += 1;
      }
      process.stdout.write(
        `N10: ${stopped} of ${ROUNDS} runs stopped at a service that ignores tags\n`,
      );
    },
  );

  test.for(['400-2055', '412', '412-odata', '409'] as const)(
    'costs one refused request where an outdated tag is answered with %s',
    async (stale) => {
      const { exitCode, results, simulator } = await apply({ stale });
      expect(exitCode).toBe(0);
      expect(simulator.counts()).toMatchObject({ get: ROWS, put: ROWS + 1 });
      for (let row = 0; row < ROWS; row += 1) expect(simulator.history(tenant(row))).toBe(1);
      expect(
        results.filter((row) => row.result_hint?.includes('refused an outdated')),
      ).toHaveLength(1);
    },
  );
});
