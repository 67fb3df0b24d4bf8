/**
 * One row of the report's table, drawn in the browser. Values only ever become text nodes: nothing
 * in them can be markup. The report carries the text of this function; what it needs of the program
 * comes in through `tools`.
 */
import type { ReportRow } from '../report-html.js';
import type { diffParts, Part, shortParts, visibleParts } from './diff-parts.js';
import type { PageElement, PageWindow } from './page-dom.js';

export interface DrawTools {
  readonly diffParts: typeof diffParts;
  readonly shortParts: typeof shortParts;
  readonly visibleParts: typeof visibleParts;
  readonly labelOf: (field: string) => string;
  readonly needsAttention: (row: ReportRow) => boolean;
  readonly copy: (text: string, button: PageElement) => void;
}

/** @returns draws a row; `paper` opens what a screen keeps closed. */
export function createRowDrawer(
  window: PageWindow,
  tools: DrawTools,
): (row: ReportRow, paper: boolean) => PageElement {
  const { diffParts, shortParts, visibleParts, labelOf, needsAttention, copy } = tools;
  /** Longer values are shown in part. */
  const LONG = 300;

  const element = (
    name: string,
    className: string,
    ...children: readonly (PageElement | string)[]
  ): PageElement => {
    const made = window.document.createElement(name);
    if (className !== '') made.className = className;
    made.append(...children);
    return made;
  };

  /** What cannot be seen is written out, and right-to-left text keeps to itself (bdi). */
  const textNodes = (text: string): (PageElement | string)[] =>
    visibleParts(text).map((part) => {
      if (!part.mark) return part.text;
      const mark = element('span', 'mark', part.text);
      mark.title = 'A character that cannot be seen';
      return mark;
    });
  const plain = (text: string): PageElement => element('bdi', '', ...textNodes(text));

  const value = (parts: readonly Part[], name: 'del' | 'ins', paper: boolean): PageElement => {
    const draw = (shown: readonly Part[]): (PageElement | string)[] =>
      shown.flatMap(({ text, changed }) =>
        changed ? [element(name, '', ...textNodes(text))] : textNodes(text),
      );
    const box = element('bdi', 'value');
    const length = parts.reduce((sum, { text }) => sum + text.length, 0);
    const short = shortParts(parts, LONG);
    box.append(...draw(short));
    if (short === parts) return box;
    if (paper) {
      box.append(element('small', '', ` (cut; ${length.toLocaleString('en')} characters)`));
      return box;
    }
    const more = element('button', 'more', `Show all ${length.toLocaleString('en')} characters`);
    more.setAttribute('type', 'button');
    more.addEventListener('click', () => {
      box.replaceChildren(...draw(parts));
      box.setAttribute('tabindex', '-1');
      box.focus();
    });
    return element('span', '', box, ' ', more);
  };

  const changeItem = (change: ReportRow['changes'][number], paper: boolean): PageElement => {
    const { field, from, to } = change;
    const parts = diffParts(from, to);
    const empty = (): PageElement => element('span', 'empty', '(empty)');
    const item = element(
      'li',
      'change',
      element('span', 'field', labelOf(field)),
      element(
        'span',
        'old',
        element('span', 'unseen', 'from '),
        from === '' ? empty() : value(parts.from, 'del', paper),
      ),
      element(
        'span',
        'new',
        element('span', 'unseen', 'to '),
        to === '' ? empty() : value(parts.to, 'ins', paper),
      ),
    );
    if (to === '') item.className = 'change emptied';
    if (from !== to && from.normalize('NFC') === to.normalize('NFC')) {
      item.append(
        element('span', 'remark', 'Looks the same; the characters are stored differently.'),
      );
    }
    return item;
  };

  const ids = ({ tenantId, trace, problem }: ReportRow, paper: boolean): [string, string][] => {
    const all: [string, string | number | undefined][] = [
      ['Customer id', tenantId],
      ['Correlation id', trace?.correlationId],
      ['Request id, reading', trace?.getRequestId],
      ['Request id, update', trace?.putRequestId],
      ['Error code', problem?.code],
      ['HTTP status', trace?.httpStatus],
      ['Version before', trace?.etagBefore],
      ['Version after', trace?.etagAfter],
      ['Requests sent', trace?.attempts],
    ];
    return (paper ? all.slice(0, 5) : all).flatMap(([name, held]) =>
      held === undefined ? [] : [[name, String(held)]],
    );
  };

  const copyButton = (text: string, label: string, about: string): PageElement => {
    const button = element('button', 'copy', label);
    button.setAttribute('type', 'button');
    button.setAttribute('aria-label', `${label} ${about}`);
    button.addEventListener('click', () => {
      copy(text, button);
    });
    return button;
  };

  const details = (row: ReportRow, paper: boolean): PageElement => {
    const box = element('details', 'ids');
    const about = element('summary', '', 'Ids for Microsoft support');
    about.append(element('span', 'unseen', `, line ${row.line}`));
    box.append(about);
    const fill = (): void => {
      const list = element('dl', '');
      for (const [name, held] of ids(row, paper)) {
        list.append(
          element('dt', '', name),
          element(
            'dd',
            '',
            element('code', '', ...textNodes(held)),
            copyButton(held, 'Copy', `${name} of line ${row.line}`),
          ),
        );
      }
      const all = ids(row, false).map(([name, held]) => `${name}: ${held}`);
      box.append(list, copyButton(all.join('\n'), 'Copy all', `ids of line ${row.line}`));
    };
    if (paper) {
      fill();
      box.open = true;
    } else box.addEventListener('toggle', fill, { once: true });
    return box;
  };

  const cell = (className: string, ...children: readonly (PageElement | string)[]): PageElement => {
    const made = element('td', className, ...children);
    made.setAttribute('role', 'cell');
    return made;
  };

  return (row, paper) => {
    const { line, tenantId, company, status, changes, guards = [], problem, note } = row;
    const head = element('th', 'line', element('span', 'narrow', 'Line '), String(line));
    head.setAttribute('scope', 'row');
    head.setAttribute('role', 'rowheader');
    const what = cell('what');
    if (changes.length > 0) {
      const list = element('ul', 'changes', ...changes.map((change) => changeItem(change, paper)));
      what.append(list);
    } else if (problem === undefined) what.append(element('p', 'quiet', 'No change.'));
    if (problem !== undefined) {
      const box = element('div', 'problem', element('p', 'message', plain(problem.message)));
      if (problem.detail !== undefined) box.append(element('p', 'detail', plain(problem.detail)));
      box.append(element('p', 'hint', element('b', '', 'What to do: '), plain(problem.hint)));
      what.append(box);
    }
    if (note !== undefined) what.append(element('p', 'quiet', plain(note)));
    if (guards.length > 0) {
      const list = element('p', 'quiet', 'Only if now: ');
      guards.forEach(({ field, expected }, i) => {
        if (i > 0) list.append('; ');
        list.append(
          `${labelOf(field)} `,
          expected === '' ? element('span', 'empty', '(empty)') : element('q', '', plain(expected)),
        );
      });
      what.append(list);
    }
    // On paper they are worth their space only where somebody must ask about the row.
    if (!paper || needsAttention(row)) what.append(details(row, paper));
    const made = element(
      'tr',
      needsAttention(row) ? 'attention' : '',
      head,
      cell(
        'customer',
        company === '' ? element('span', 'quiet', '(no name)') : element('b', '', plain(company)),
        element('code', '', ...textNodes(tenantId)),
      ),
      cell('state', element('span', `status ${status}`, status)),
      what,
    );
    made.setAttribute('role', 'row');
    return made;
  };
}
