/** Values as HTML: data, never markup. Pure. */
import { visibleParts } from './diff-parts.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for attributes in quotation marks. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** A value in a sentence: keeps its direction of reading to itself, and shows what is invisible. */
export const valueHtml = (text: string): string =>
  `<bdi>${visibleParts(text)
    .map((part) => (part.mark ? `<span class="mark">${part.text}</span>` : escapeHtml(part.text)))
    .join('')}</bdi>`;

/**
 * JSON for a data block: with no `<` in it, nothing in it can end the block or open a comment
 * (https://html.spec.whatwg.org/#restrictions-for-contents-of-script-elements).
 */
export const jsonHtml = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A value to be read letter by letter. */
export const codeHtml = (text: string): string => `<code>${valueHtml(text)}</code>`;

/** `12,345` */
export const count = (value: number): string => value.toLocaleString('en');

/** `1 row`, `12,345 rows` */
export const counted = (value: number, one: string, several = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : several}`;
