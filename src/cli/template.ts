/** `billpatch template`: an empty input file with the headers. */
import type { CommandFactory } from './command.js';
import { outDelimiterOf, text } from './given.js';
import { withOptions } from './options.js';

export const templateCommand: CommandFactory = ({ terminal }) => ({
  command: 'template',
  describe: 'Write an empty input file with the column names',
  builder: (args) =>
    withOptions(args, ['fields', 'out', 'out-delimiter'], terminal.env)
      .describe('out', 'Where it goes; must not exist yet (default: standard output)')
      .describe('out-delimiter', 'comma, semicolon or tab (default: comma)'),
  async handler(given) {
    const { templateText, writeTemplate } = await import('../stages/write-template.js');
    const template = templateText(text(given, 'fields'), outDelimiterOf(given));
    const out = text(given, 'out');
    if (out === undefined) terminal.out(template);
    else {
      await writeTemplate(out, template);
      terminal.err(`${out} is there: a row for each customer, then billpatch check ${out}\n`);
    }
  },
});
