import { runApply, withSimulator } from '../processes.js';
import { exactly } from '../target.js';

export const requests = {
  name: 'requests',
  rounds: 3,
  figures: [
    { name: 'GETs per row (1,000 rows)', target: exactly(1) },
    { name: 'PUTs per row', target: exactly(1) },
    { name: 'other requests per row', target: exactly(0) },
  ],
  round: ({ folder }) =>
    withSimulator({}, async ({ url, counts }) => {
      const rows = 1000;
      await runApply({ url, folder, rows });
      const { get, put, customers, customer, rules, other } = await counts();
      return [get / rows, put / rows, (customers + customer + rules + other) / rows];
    }),
};
