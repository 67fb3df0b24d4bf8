/**
 * What differs between two values, and what of a value the eye would miss. Pure.
 *
 * The functions also run in the browser, where the report carries their text: they use nothing
 * from outside of themselves.
 */

export interface Part {
  readonly text: string;
  readonly changed: boolean;
}

export interface Difference {
  readonly from: readonly Part[];
  readonly to: readonly Part[];
}

/**
 * What both values begin and end with, in whole words, and the rest of each between them. Where the
 * rest is one word each and most of it is shared, in characters.
 */
export function diffParts(from: string, to: string): Difference {
  const split = (a: readonly string[], b: readonly string[]): readonly [number, number] => {
    const most = Math.min(a.length, b.length);
    let head = 0;
    while (head < most && a[head] === b[head]) head += 1;
    let tail = 0;
    while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
    return [head, tail];
  };
  const partsOf = (tokens: readonly string[], head: number, tail: number): Part[] =>
    [
      { text: tokens.slice(0, head).join(''), changed: false },
      { text: tokens.slice(head, tokens.length - tail).join(''), changed: true },
      { text: tokens.slice(tokens.length - tail).join(''), changed: false },
    ].filter(({ text }) => text !== '');
  const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}\p{M}]+|[^]/gu) ?? [];
  const lettersOf = (text: string): string[] => text.match(/\P{M}\p{M}*|\p{M}/gu) ?? [];

  const oldWords = wordsOf(from);
  const newWords = wordsOf(to);
  const [head, tail] = split(oldWords, newWords);
  const single = oldWords.length - head - tail === 1 && newWords.length - head - tail === 1;
  if (single) {
    const oldLetters = lettersOf(oldWords[head] ?? '');
    const newLetters = lettersOf(newWords[head] ?? '');
    const [first, last] = split(oldLetters, newLetters);
    if (2 * (first + last) >= Math.max(oldLetters.length, newLetters.length, 4)) {
      const within = (words: readonly string[], letters: readonly string[]): Part[] =>
        partsOf(
          [...words.slice(0, head), ...letters, ...words.slice(words.length - tail)],
          head + first,
          last + tail,
        );
      return { from: within(oldWords, oldLetters), to: within(newWords, newLetters) };
    }
  }
  return { from: partsOf(oldWords, head, tail), to: partsOf(newWords, head, tail) };
}

/**
 * A text, cut where it holds a character that cannot be seen or that turns the direction of
 * reading: `mark` is then its code, `U+202E`, to be shown in its place.
 */
export function visibleParts(text: string): { readonly text: string; readonly mark: boolean }[] {
  const hidden = /([\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs})/u;
  return text
    .split(new RegExp(hidden, 'gu'))
    .filter((part) => part !== '')
    .map((part) =>
      hidden.test(part)
        ? {
            text: `U+${(part.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
            mark: true,
          }
        : { text: part, mark: false },
    );
}

/** The parts with what is long and the same left out, and what is long and changed cut. */
export function shortParts(parts: readonly Part[], most: number): readonly Part[] {
  const length = parts.reduce((sum, { text }) => sum + text.length, 0);
  if (length <= most) return parts;
  const around = Math.floor(most / 6);
  // Never through the middle of a surrogate pair.
  const cut = (text: string, end: number): string =>
    text.slice(0, end).replace(/[\uD800-\uDBFF]$/, '');
  const rest = (text: string, start: number): string =>
    text.slice(start).replace(/^[\uDC00-\uDFFF]/, '');
  return parts.map(({ text, changed }, i) => {
    const limit = changed ? Math.floor(most / 2) : 2 * around;
    if (text.length <= limit) return { text, changed };
    if (changed) return { text: `${cut(text, limit)}…`, changed };
    const before = i === 0 ? '' : cut(text, around);
    const after =
      i === parts.length - 1 && parts.length > 1 ? '' : rest(text, text.length - around);
    return { text: `${before}…${after}`, changed };
  });
}
