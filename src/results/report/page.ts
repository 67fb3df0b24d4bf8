/**
 * What the report does in the browser: filters, sorts, pages, prints, copies. The report carries
 * the text of this function; what it needs of the program comes in through `tools`.
 */
import type { Status } from '../../run/outcome.js';
import type { ReportRow } from '../report-html.js';
import type { createRowDrawer, DrawTools } from './draw-row.js';
import type { PageElement, PageWindow } from './page-dom.js';
import type { foldText, selectRows, SortKey } from './select-rows.js';

/** What the page must know besides the rows. */
export interface PageFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly attention: readonly Status[];
  readonly statusOrder: readonly Status[];
  /** The lines of each warning. */
  readonly warnings: readonly (readonly number[])[];
  readonly pageSize: number;
  /** More rows than this are not printed. */
  readonly printed: number;
}

export interface PageTools extends Pick<DrawTools, 'diffParts' | 'shortParts' | 'visibleParts'> {
  readonly createRowDrawer: typeof createRowDrawer;
  readonly selectRows: typeof selectRows;
  readonly foldText: typeof foldText;
}

export function startPage(window: PageWindow, tools: PageTools): void {
  const { document } = window;
  const byId = (id: string): PageElement => {
    const found = document.getElementById(id);
    if (found === null) throw new Error(`The report has no part named ${id}.`);
    return found;
  };
  const parsed = (id: string): unknown => JSON.parse(byId(id).textContent ?? '');
  const facts = parsed('facts') as PageFacts;
  const rows = parsed('rows') as readonly ReportRow[];

  const copy = (text: string, button: PageElement): void => {
    const label = button.dataset.label ?? button.textContent ?? '';
    button.dataset.label = label;
    const say = (word: string): void => {
      button.textContent = word;
      byId('said').textContent = word;
      window.setTimeout(() => {
        button.textContent = label;
      }, 2000);
    };
    const otherWay = (): void => {
      const area = document.createElement('textarea');
      area.value = text;
      area.setAttribute('aria-label', 'Text to copy');
      document.body.append(area);
      area.select();
      const done = document.execCommand('copy');
      area.remove();
      button.focus({ preventScroll: true });
      say(done ? 'Copied' : 'Not copied');
    };
    const { clipboard } = window.navigator;
    if (clipboard === undefined) otherWay();
    else {
      clipboard.writeText(text).then(() => {
        say('Copied');
      }, otherWay);
    }
  };

  const draw = tools.createRowDrawer(window, {
    ...tools,
    copy,
    labelOf: (field) => facts.labels[field] ?? field,
    needsAttention: ({ status }) => facts.attention.includes(status),
  });

  const searchable = new Map<ReportRow, string>();
  const textOf = (row: ReportRow): string => {
    const known = searchable.get(row);
    if (known !== undefined) return known;
    const { line, tenantId, company, changes, guards = [], problem, note, trace } = row;
    const text = tools.foldText(
      [
        `line ${line}`,
        tenantId,
        company,
        ...changes.flatMap(({ field, from, to }) => [field, facts.labels[field], from, to]),
        ...guards.map(({ expected }) => expected),
        problem?.code,
        problem?.message,
        problem?.detail,
        note,
        trace?.correlationId,
        trace?.getRequestId,
        trace?.putRequestId,
      ].join('\n'),
    );
    searchable.set(row, text);
    return text;
  };

  const status = byId('status');
  const field = byId('field');
  const search = byId('search');
  let sort: SortKey = 'line';
  let descending = false;
  let warning = '';
  let page = 0;
  let found: readonly ReportRow[] = rows;

  const number = (value: number): string => value.toLocaleString('en');

  /** @param paper every row that was found, in one go, as far as paper bears it. */
  const show = (paper: boolean): void => {
    const pages = Math.max(1, Math.ceil(found.length / facts.pageSize));
    page = Math.min(Math.max(page, 0), pages - 1);
    const start = paper ? 0 : page * facts.pageSize;
    const shown = found.slice(start, start + (paper ? facts.printed : facts.pageSize));
    byId('rows-here').replaceChildren(...shown.map((row) => draw(row, paper)));
    const whole = found.length === rows.length ? '' : ` (of ${number(rows.length)})`;
    const range =
      shown.length === found.length
        ? `${number(found.length)} ${found.length === 1 ? 'row' : 'rows'}`
        : `Rows ${number(start + 1)} to ${number(start + shown.length)} of ${number(found.length)}`;
    byId('count').textContent =
      found.length === 0
        ? `No row fits (of ${number(rows.length)}). Clear the filters to see all.`
        : `${range}${whole}`;
    byId('cut').textContent =
      paper && shown.length < found.length
        ? `Only the first ${number(shown.length)} of ${number(found.length)} rows are printed. Every row is in results.csv; a filter narrows what is printed.`
        : '';
    for (const pager of document.querySelectorAll('.pager')) pager.hidden = pages === 1;
    for (const place of document.querySelectorAll('.place')) {
      place.textContent = `Page ${number(page + 1)} of ${number(pages)}`;
    }
    for (const button of document.querySelectorAll('[data-turn]')) {
      button.disabled = button.dataset.turn === '-1' ? page === 0 : page === pages - 1;
    }
  };

  const update = (): void => {
    const { value } = status;
    found = tools.selectRows(
      rows,
      {
        statuses: value === '' ? [] : value === '(attention)' ? facts.attention : [value as Status],
        field: field.value,
        words: tools.foldText(search.value).split(/\s+/).filter(Boolean),
        lines: warning === '' ? undefined : new Set(facts.warnings[Number(warning)]),
        sort,
        descending,
        statusOrder: facts.statusOrder,
      },
      textOf,
    );
    page = 0;
    byId('clear').hidden =
      value === '' && field.value === '' && search.value === '' && warning === '';
    byId('of-warning').hidden = warning === '';
    byId('of-warning').textContent =
      warning === '' ? '' : `Only the rows of warning ${Number(warning) + 1}.`;
    for (const head of document.querySelectorAll('[data-column]')) {
      const order = descending ? 'descending' : 'ascending';
      head.setAttribute('aria-sort', head.dataset.column === sort ? order : 'none');
    }
    show(false);
  };

  const only = (wanted: PageElement['dataset']): void => {
    status.value = wanted.status ?? '';
    field.value = wanted.field ?? '';
    search.value = '';
    warning = wanted.warning ?? '';
    update();
  };

  status.addEventListener('change', update);
  field.addEventListener('change', update);
  let timer = 0;
  search.addEventListener('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(update, 120);
  });
  byId('clear').addEventListener('click', () => {
    only({});
    search.focus();
  });
  byId('filters').addEventListener('submit', (event) => {
    event.preventDefault();
  });
  for (const button of document.querySelectorAll('[data-sort]')) {
    button.addEventListener('click', () => {
      const key = button.dataset.sort as SortKey;
      descending = key === sort && !descending;
      sort = key;
      update();
    });
  }
  for (const button of document.querySelectorAll('[data-turn]')) {
    button.addEventListener('click', () => {
      page += Number(button.dataset.turn);
      show(false);
      byId('table').scrollIntoView();
      byId('table').focus({ preventScroll: true });
    });
  }
  // Links in the overview lead to the rows that they count.
  for (const link of document.querySelectorAll('a[data-status], a[data-field], a[data-warning]')) {
    link.addEventListener('click', () => {
      only(link.dataset);
    });
  }
  for (const button of document.querySelectorAll('[data-copy]')) {
    button.addEventListener('click', () => {
      copy(button.dataset.copy ?? '', button);
    });
  }

  // A browser may tell of printing in both ways, and drawing takes its time.
  const media = window.matchMedia('print');
  let onPaper = false;
  const turnTo = (paper: boolean): void => {
    if (paper !== onPaper) show(paper);
    onPaper = paper;
  };
  media.addEventListener('change', () => {
    turnTo(media.matches);
  });
  window.addEventListener('beforeprint', () => {
    turnTo(true);
  });
  window.addEventListener('afterprint', () => {
    turnTo(false);
  });

  update();
  for (const part of document.querySelectorAll('.with-script')) part.hidden = false;
}
