import { describe, expect, it } from 'vitest';

import { RESULT_COLUMNS, toResultRow, type Recorded } from '../../src/results/result-row.js';

const AT = '2026-11-23T07:30:00.000Z';
const REF = { type: 'outcome', row: 0, line: 7, tenantId: 't', at: AT } as const;

function cells(recorded: Recorded) {
  const row = toResultRow(7, recorded);
  expect(row.cells).toHaveLength(RESULT_COLUMNS.length);
  const named = Object.fromEntries(RESULT_COLUMNS.map((name, i) => [name, row.cells[i]]));
  return { row, named };
}

describe('a result row', () => {
  it('of an update shows the changes, the ids and the tags', () => {
    const { named } = cells({
      kind: 'outcome',
      entry: {
        ...REF,
        status: 'updated',
        changes: [
          { field: 'email', from: 'a@x.example', to: 'b@x.example' },
          { field: 'addressLine2', from: 'Suite 4', to: '' },
          { field: 'city', from: '', to: 'Bonn' },
        ],
        trace: {
          correlationId: 'c',
          getRequestId: 'g',
          putRequestId: 'p s',
          httpStatus: 200,
          etagBefore: '-1',
          etagAfter: '-2',
          attempts: 2,
        },
      },
    });
    expect(named).toEqual({
      result_line: '7',
      result_status: 'updated',
      result_changes:
        'email: a@x.example → b@x.example; addressLine2: Suite 4 → (empty); city: (empty) → Bonn',
      result_error_code: '',
      result_error: '',
      result_hint: '',
      result_http_status: '200',
      result_get_request_id: 'g',
      result_put_request_id: 'p s',
      result_correlation_id: 'c',
      result_etag_before: '-1',
      result_etag_after: '-2',
      result_attempts: '2',
      result_finished_at: AT,
    });
  });

  it('of a failure has its code, both sentences and the hint', () => {
    const problem = { code: 'c', message: 'M.', hint: 'H.', detail: 'D.' };
    const { named, row } = cells({
      kind: 'outcome',
      entry: { ...REF, status: 'invalid', problem },
    });
    expect(named).toMatchObject({
      result_status: 'invalid',
      result_error_code: 'c',
      result_error: 'M. D.',
      result_hint: 'H.',
      result_attempts: '0',
    });
    expect(row.problem).toBe(problem);
  });

  it('of a row that was not begun says why the run stopped', () => {
    const stop = { code: 'interrupted', message: 'It was interrupted.', hint: 'Go on.' };
    expect(cells({ kind: 'not-begun', stop }).named).toMatchObject({
      result_status: 'skipped',
      result_error_code: 'interrupted',
      result_error: 'The run stopped before this row: It was interrupted.',
    });
    expect(cells({ kind: 'not-begun', stop: undefined }).named.result_error_code).toBe('not-begun');
  });

  it('of a row that was cut off is unknown', () => {
    const { named } = cells({ kind: 'cut-off' });
    expect(named).toMatchObject({ result_status: 'unknown', result_error_code: 'cut-off' });
  });
});
