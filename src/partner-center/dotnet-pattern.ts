/**
 * The service's patterns are .NET's. They come from outside and are run on values that come from
 * outside too, so they are taken for JavaScript only where both mean the same, and never run for long.
 * What cannot be told is undefined, and stops nobody: the service decides.
 */
import { createContext, Script, type Context } from 'node:vm';

import type { Matches } from '../profile/country-rules.js';

export interface DotnetMatches {
  readonly matches: Matches;
  /** Patterns that could not be used, as the service wrote them. */
  readonly unusable: () => readonly string[];
}

/** Longer values are no postal codes and no phone numbers. */
const LONGEST_VALUE = 256;
const LONGEST_PATTERN = 2000;

/**
 * For one match, in milliseconds. A pattern like `(a+)+$` takes longer than the universe on 40
 * letters, and no test of its text finds all of its kind; V8 looks for an interrupt while it
 * backtracks, so a watchdog ends every one of them. It costs about a tenth of a millisecond, and a
 * pattern that was ended once is not tried again.
 */
const TIMEOUT_MS = 100;

export function createDotnetMatches(): DotnetMatches {
  const compiled = new Map<string, RegExp | undefined>();
  const unusable = new Set<string>();
  let sandbox: { readonly context: Context; readonly script: Script } | undefined;

  const give = (pattern: string): RegExp | undefined => {
    if (compiled.has(pattern)) return compiled.get(pattern);
    const translated = translate(pattern);
    compiled.set(pattern, translated);
    if (!translated) unusable.add(pattern);
    return translated;
  };
  return {
    unusable: () => [...unusable],
    matches(pattern, value) {
      const known = give(pattern);
      if (!known || value.length > LONGEST_VALUE) return undefined;
      sandbox ??= {
        context: createContext(Object.create(null) as Context),
        script: new Script('pattern.test(value)'),
      };
      Object.assign(sandbox.context, { pattern: known, value });
      try {
        const fits = sandbox.script.runInContext(sandbox.context, { timeout: TIMEOUT_MS }) === true;
        // Other than here, \d, \w and \b know all the digits and letters of the world in .NET.
        if (!fits && /\\[dwbs]/i.test(pattern) && /[^\0-\x7f]/.test(value)) return undefined;
        return fits;
      } catch {
        compiled.set(pattern, undefined);
        unusable.add(pattern);
        return undefined;
      }
    },
  };
}

/** Flags that a pattern may begin with, as in `(?i)`; of the others JavaScript knows nothing. */
const LEADING_FLAGS = /^\(\?([ims]+)\)/;

/** A pattern of .NET as one of JavaScript, or undefined where they would not mean the same. */
export function translate(pattern: string): RegExp | undefined {
  if (pattern.length > LONGEST_PATTERN) return undefined;
  const [leading = '', flags = ''] = LEADING_FLAGS.exec(pattern) ?? [];
  const source = toSource(pattern.slice(leading.length), flags.includes('m'));
  if (source === undefined) return undefined;
  // Without `u`, \p{L} would be the letters p, {, L and }; with it, \- outside of a class is an error.
  const unicode = /\\p\{/i.test(source) ? 'u' : '';
  try {
    return new RegExp(source, `${[...new Set(flags)].join('')}${unicode}`);
  } catch {
    return undefined;
  }
}

/** Escapes that JavaScript would read as something else, or as a plain letter. */
const FOREIGN_ESCAPE = /^[aeGQEXRhHNK]$/;

function toSource(pattern: string, isMultiline: boolean): string | undefined {
  let source = '';
  let inClass = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    if (char === '\\') {
      const escaped = pattern.charAt(at + 1);
      at += 1;
      if (FOREIGN_ESCAPE.test(escaped)) return undefined;
      const isAnchor = !inClass && /^[AzZ]$/.test(escaped);
      // With (?m), ^ and $ are the ends of lines, and there is nothing else for those of the text.
      if (isAnchor && isMultiline) return undefined;
      source += isAnchor ? (escaped === 'A' ? '^' : '$') : `\\${escaped}`;
    } else if (inClass) {
      // [a-z-[aeiou]]: all but these. JavaScript would read another class.
      if (char === '[') return undefined;
      if (char === ']') inClass = false;
      source += char;
    } else if (char === '[') {
      inClass = true;
      // In .NET a bracket that comes first is one of the class; here it ends it.
      const [begin = '['] = /^\[\^?\]?/.exec(pattern.slice(at)) ?? [];
      if (begin.endsWith(']')) return undefined;
      source += begin;
      at += begin.length - 1;
    } else if (char === '(' && pattern.startsWith('(?', at)) {
      const [group] = /^\(\?(?:[:=!]|<[=!]|<[A-Za-z_]\w*>|'[A-Za-z_]\w*')/.exec(
        pattern.slice(at),
      ) ?? [undefined];
      // Atomic and balancing groups, conditions, comments, flags in the middle.
      if (group === undefined) return undefined;
      source += group.replace(/'(\w+)'/, '<$1>');
      at += group.length - 1;
    } else {
      source += char;
    }
  }
  return inClass ? undefined : source;
}
