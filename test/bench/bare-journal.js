/** What reading a journal costs at least: every line through JSON.parse, and nothing else. */
import { createReadStream } from 'node:fs';

const blocks = createReadStream(process.argv[2], { encoding: 'utf8', highWaterMark: 256 * 1024 });
let rest = '';
let entries = 0;
let outcomes = 0;
for await (const block of blocks) {
  const lines = (rest + block).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    const { type } = JSON.parse(line);
    entries += 1;
    if (type === 'outcome') outcomes += 1;
  }
}
process.stdout.write(JSON.stringify({ entries, outcomes }));
